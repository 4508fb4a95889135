import TesseraTensors

/// A number of updates that is saved as a tensor of rank 0: exact up to 2^24, the longest count that a float holds,
/// where it stays.
struct UpdateCount {
  private(set) var value = 0
  private static let most = 1 << 24

  init() {}

  /// A saved count; 0 where it is missing or no count, as in a damaged file.
  init(saved: Tensor?) {
    let saved = saved?.item ?? 0
    // False for NaN too.
    value = (0...Float(Self.most)).contains(saved) ? Int(saved) : 0
  }

  var tensor: Tensor { Tensor(Float(value)) }

  mutating func increase() { value = min(value + 1, Self.most) }
}
