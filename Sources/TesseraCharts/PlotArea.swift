/// The rectangle that lines are drawn in, and where values are in it.
package struct PlotArea {
  package let x: Double
  package let y: Double
  package let width: Double
  package let height: Double
  package let horizontal: ClosedRange<Double>
  package let vertical: ClosedRange<Double>

  package init(
    x: Double, y: Double, width: Double, height: Double, horizontal: ClosedRange<Double>,
    vertical: ClosedRange<Double>
  ) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    self.horizontal = horizontal
    self.vertical = vertical
  }

  package func x(of value: Double) -> Double { x + horizontal.share(of: value) * width }

  package func y(of value: Double) -> Double { y + height - vertical.share(of: value) * height }

  /// The data of an SVG path through `points`, in pieces where values are not finite; a piece of one point is as long
  /// as a dot is wide, so it is visible.
  package func path(through points: [ChartPoint]) -> String {
    points.finiteRuns.map { run in
      let thin = run.thinned(toColumns: Int(width), over: horizontal)
      if thin.count == 1 { return "M\(place(thin[0]))h.1" }
      return "M" + thin.map(place).joined(separator: "L")
    }.joined()
  }

  /// At most `count` of the points, evenly spread; the choice differs from line to line, so markers of coinciding lines
  /// do not coincide.
  package func marked(_ points: [ChartPoint], atMost count: Int, line: Int) -> [ChartPoint] {
    let finite = points.filter(\.isFinite)
    guard finite.count > count else { return finite }
    let interval = Double(finite.count) / Double(count)
    let offset = (Double(line % 4) + 0.5) / 4
    return (0..<count).map { finite[Int((Double($0) + offset) * interval)] }
  }

  private func place(_ point: ChartPoint) -> String {
    // Values far outside the range would exceed the numbers that viewers accept.
    let y = Swift.min(Swift.max(y(of: point.y), self.y - 1e4), self.y + 1e4)
    return "\(x(of: point.x).coordinate) \(y.coordinate)"
  }
}

extension ClosedRange<Double> {
  /// How far `value` is along the way from the lower bound to the upper one; the middle of a range without length.
  func share(of value: Double) -> Double {
    // Halves: the length of a range can overflow.
    let share = (value / 2 - lowerBound / 2) / (upperBound / 2 - lowerBound / 2)
    return share.isFinite ? share : 0.5
  }
}
