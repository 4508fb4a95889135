import TesseraTensors

/// The width and height of pictures in pixels; a literal is a square's side.
public struct ImageSize: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    require(width > 0 && height > 0, "ImageSize: width and height must be positive; got \(width) x \(height)")
    self.width = width
    self.height = height
  }

  /// A square.
  public init(_ side: Int) { self.init(width: side, height: side) }

  public init(integerLiteral side: Int) { self.init(side) }

  public var description: String { "\(width) x \(height)" }
}
