import Tessera

/// How much of a picture each class takes, the largest first.
public struct ClassShares {
  /// A class and its share of the counted pixels, in 0...1.
  public let shares: [(name: String, share: Double)]

  /// The shares of a mask; void pixels are not counted.
  public init(of mask: Mask) {
    let labels = mask.labelSpace
    let counts = mask.histogram.filter { $0.key != labels.void }
    let total = Double(max(1, counts.values.reduce(0, +)))
    shares = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { index, count in
      (labels.classes[index].name, Double(count) / total)
    }
  }

  /// A line for each class of at least one percent.
  public var text: String {
    shares.filter { $0.share >= 0.01 }.map { "\($0.name): \(Int(($0.share * 100).rounded())) %" }
      .joined(separator: "\n")
  }
}
