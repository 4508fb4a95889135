import TesseraTensors

/// Chooses the samples that training never sees.
enum HoldOut {
  /// Indices below `count` in ascending order, in two parts; validation gets the rounded fraction, but neither part is
  /// empty.
  static func indices(of count: Int, fraction: Double, seed: UInt64) -> (training: [Int], validation: [Int]) {
    require(count >= 2, "HoldOut: two parts need at least two samples; got \(count)")
    require(fraction > 0 && fraction < 1, "HoldOut: the fraction must lie between 0 and 1; got \(fraction)")
    let share = min(max(Int((Double(count) * fraction).rounded()), 1), count - 1)
    var random = RandomStream(seed: seed).derived("hold out")
    let order = random.permutation(of: count)
    return (order[share...].sorted(), order[..<share].sorted())
  }
}
