/// A value at a position on the horizontal axis.
public struct ChartPoint: Sendable, Equatable {
  public let x: Double
  public let y: Double

  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }

  package var isFinite: Bool { x.isFinite && y.isFinite }
}

extension [ChartPoint] {
  /// Each value as the mean of the `window` values around it; fewer toward both ends, where there are not as many on
  /// one side. Values that are not finite stay as they are and are left out of means.
  public func smoothed(over window: Int) -> [ChartPoint] {
    guard window > 1 else { return self }
    // Running sums, so a long window costs no more than a short one.
    var sums = [0.0]
    var counts = [0]
    for point in self {
      sums.append(sums[sums.count - 1] + (point.isFinite ? point.y : 0))
      counts.append(counts[counts.count - 1] + (point.isFinite ? 1 : 0))
    }
    return indices.map { index in
      guard self[index].isFinite else { return self[index] }
      let reach = Swift.min(window / 2, index, count - 1 - index)
      let (first, end) = (index - reach, index + reach + 1)
      return ChartPoint(x: self[index].x, y: (sums[end] - sums[first]) / Double(counts[end] - counts[first]))
    }
  }

  /// The stretches between values that are not finite.
  package var finiteRuns: [[ChartPoint]] { split { !$0.isFinite }.map(Array.init) }

  /// What remains visible of a long line in `columns` columns over `range`: the first, lowest, highest and last point
  /// of each column.
  package func thinned(toColumns columns: Int, over range: ClosedRange<Double>) -> [ChartPoint] {
    guard count > 4 * columns else { return self }
    func column(_ point: ChartPoint) -> Double { (range.share(of: point.x) * Double(columns)).rounded(.down) }
    var result: [ChartPoint] = []
    var start = startIndex
    while start < endIndex {
      let first = column(self[start])
      let end = self[start...].firstIndex { column($0) != first } ?? endIndex
      let part = self[start..<end]
      let kept = [
        start, part.indices.min { self[$0].y < self[$1].y } ?? start,
        part.indices.max { self[$0].y < self[$1].y } ?? start, end - 1,
      ]
      for index in Set(kept).sorted() { result.append(self[index]) }
      start = end
    }
    return result
  }
}
