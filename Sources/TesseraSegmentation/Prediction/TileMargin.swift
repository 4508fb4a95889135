/// How far inside a tile its scores count: near a tile's border they lack what lies beyond.
public enum TileMargin: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// A number of pixels.
  case pixels(Int)
  /// The network's `receptiveRadius`, which gives the same masks as the whole picture at once. A network that does not
  /// know it sees the whole picture at once, which takes memory for all of its scores.
  case receptiveField

  public init(integerLiteral pixels: Int) { self = .pixels(pixels) }
}
