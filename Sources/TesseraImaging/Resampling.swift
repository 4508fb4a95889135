/// The weights of an antialiased linear resize along one axis.
///
/// Each target pixel is a weighted mean of source pixels under a triangle around its center. The triangle's half-width
/// is one source pixel when enlarging and grows with the scale when shrinking, so that no source pixel is skipped (the
/// rule of Pillow's BILINEAR filter).
struct Resampling {
  /// For each target pixel: its first source pixel.
  let starts: [Int]

  /// The number of weights of each target pixel; the rows of `weights` are padded with zeros.
  let taps: Int

  /// `[target, taps]` row-major; each row sums to 1.
  let weights: [Float]

  /// The source pixels that some target pixel needs.
  let sources: Range<Int>

  /// - Parameter targets: the requested target pixels in 0..<`targetLength`; at least one.
  init(from sourceLength: Int, to targetLength: Int, targets: Range<Int>) {
    let scale = Double(sourceLength) / Double(targetLength)
    let support = max(scale, 1)
    func reach(of target: Int) -> Range<Int> {
      let center = (Double(target) + 0.5) * scale
      return max(
        0, Int((center - support + 0.5).rounded(.down)))..<min(
          sourceLength, Int((center + support + 0.5).rounded(.down)))
    }
    let taps = targets.reduce(0) { max($0, reach(of: $1).count) }
    var starts: [Int] = []
    var weights = [Float](repeating: 0, count: targets.count * taps)
    var row: [Double] = []
    for (position, target) in targets.enumerated() {
      let (reach, center) = (reach(of: target), (Double(target) + 0.5) * scale)
      row.removeAll(keepingCapacity: true)
      for source in reach { row.append(max(0, 1 - abs((Double(source) + 0.5 - center) / support))) }
      let sum = row.reduce(0, +)
      // Rows near the end start earlier, so that padded rows stay inside the source.
      let start = max(0, min(reach.lowerBound, sourceLength - taps))
      let first = position * taps + reach.lowerBound - start
      for (tap, weight) in row.enumerated() { weights[first + tap] = Float(weight / sum) }
      starts.append(start)
    }
    self.starts = starts
    self.taps = taps
    self.weights = weights
    sources = starts[0]..<starts[starts.count - 1] + taps
  }

  /// Calls `body` with the starts and the weights, for loops that cannot afford checks.
  func withUnsafeTaps(_ body: (UnsafeBufferPointer<Int>, UnsafeBufferPointer<Float>) -> Void) {
    starts.withUnsafeBufferPointer { starts in weights.withUnsafeBufferPointer { body(starts, $0) } }
  }
}
