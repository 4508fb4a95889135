/// The weights of an antialiased linear resize along one axis.
///
/// Each target pixel is a weighted mean of source pixels under a triangle around its center. The triangle's half-width
/// is one source pixel when enlarging and grows with the scale when shrinking, so that no source pixel is skipped (the
/// rule of Pillow's BILINEAR filter).
struct Resampling {
  /// For each target pixel: its first source pixel.
  let starts: [Int]

  /// How many weights each target pixel has; the rows of `weights` are padded with zeros at their end.
  let taps: Int

  /// `[target, taps]` row-major; each row sums to 1.
  let weights: [Float]

  init(from sourceLength: Int, to targetLength: Int) {
    let scale = Double(sourceLength) / Double(targetLength)
    let support = max(scale, 1)
    var starts: [Int] = []
    var rows: [[Double]] = []
    for target in 0..<targetLength {
      let center = (Double(target) + 0.5) * scale
      let start = max(0, Int((center - support + 0.5).rounded(.down)))
      let end = min(sourceLength, Int((center + support + 0.5).rounded(.down)))
      let row = (start..<end).map { max(0, 1 - abs((Double($0) + 0.5 - center) / support)) }
      let sum = row.reduce(0, +)
      starts.append(start)
      rows.append(row.map { $0 / sum })
    }
    let taps = rows.map(\.count).max() ?? 0
    // Rows near the end start earlier, so that padded rows stay inside the source.
    let shifted = starts.map { max(0, min($0, sourceLength - taps)) }
    var weights = [Float](repeating: 0, count: targetLength * taps)
    for (target, row) in rows.enumerated() {
      let first = target * taps + starts[target] - shifted[target]
      for (tap, weight) in row.enumerated() { weights[first + tap] = Float(weight) }
    }
    self.starts = shifted
    self.taps = taps
    self.weights = weights
  }
}
