import TesseraTensors

/// A number of updates that is saved as a tensor of rank 0: exact up to 2^24, the largest exact count in a float, where
/// it stops.
package struct UpdateCount {
  private(set) var value = 0
  private static let most = 1 << 24

  /// What the names of optimizers' counts begin with, and the name of a weight average's count.
  static let (ofParameter, ofAverage) = ("updates", "averageUpdates")

  init() {}

  /// Creates a saved count; 0 if it is missing or not a count, as in a damaged file.
  init(saved: Tensor?) { value = saved.flatMap(Self.count) ?? 0 }

  var tensor: Tensor { Tensor(Float(value)) }

  mutating func increase() { value = min(value + 1, Self.most) }

  /// What is wrong with a count among the tensors of a state, in words; `nil` if all are valid.
  package static func fault(in state: [(name: String, tensor: Tensor)]) -> String? {
    let counts = state.lazy.filter { $0.name.hasPrefix(ofParameter + ".") || $0.name == ofAverage }
    return counts.first { $0.tensor.shape.rank == 0 && count($0.tensor) == nil }
      .map { "\"\($0.name)\" is \($0.tensor.item), which is not a number of updates" }
  }

  private static func count(_ tensor: Tensor) -> Int? {
    guard tensor.count == 1, let value = Int(exactly: tensor.item) else { return nil }
    return (0...most).contains(value) ? value : nil
  }
}
