/// How far inside a tile its scores count: near a tile's border they lack what lies beyond.
public enum TileMargin: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// So many pixels.
  case pixels(Int)
  /// The network's `receptiveRadius`, for masks as of the whole picture at once; 64 pixels where a network does not know
  /// it.
  case receptiveField

  public init(integerLiteral pixels: Int) { self = .pixels(pixels) }
}
