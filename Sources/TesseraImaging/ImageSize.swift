import TesseraTensors

/// The width and height of pictures in pixels; a literal is the side of a square.
public struct ImageSize: Sendable, Hashable, ExpressibleByIntegerLiteral, LosslessStringConvertible {
  public let width: Int
  public let height: Int

  /// The sides, in pixels, that options and files may request; larger than any picture is scaled to.
  package static let sides = 1...16_384

  public init(width: Int, height: Int) {
    require(width > 0 && height > 0, "ImageSize: width and height must be positive; got \(width) x \(height)")
    self.width = width
    self.height = height
  }

  /// Creates a square.
  public init(_ side: Int) { self.init(width: side, height: side) }

  public init(integerLiteral side: Int) { self.init(side) }

  /// `480x360`, width first, or the side of a square; `nil` for other texts and for sides over 16,384 pixels.
  public init?(_ text: String) {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(sides.count), let width = sides[0], let height = sides[sides.count - 1],
      Self.sides.contains(width), Self.sides.contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  public var description: String { "\(width) x \(height)" }

  /// As on the command line: `480x360`, or the side of a square.
  public var text: String { isSquare ? "\(width)" : "\(width)x\(height)" }

  public var isSquare: Bool { width == height }

  /// The number of pixels.
  public var pixels: Int { width * height }

  /// Whether both sides are multiples of `multiple`.
  public func isMultiple(of multiple: Int) -> Bool { width % multiple == 0 && height % multiple == 0 }
}

extension ImageSize: Codable {
  /// The side of a square as a number, as in older files; other sizes as a string, `480x360`.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    func refused(_ reason: String) -> DecodingError {
      .dataCorruptedError(in: value, debugDescription: "\"imageSize\" is \(reason)")
    }
    guard let text = try? value.decode(String.self) else {
      let side = try value.decode(Int.self)
      let sides = Self.sides
      guard sides.contains(side) else {
        throw refused("\(side), which lies outside \(sides.lowerBound)...\(sides.upperBound)")
      }
      self.init(side)
      return
    }
    guard let size = ImageSize(text), text.contains("x") else {
      throw refused("\"\(text)\", which is not a size such as \"480x360\"")
    }
    self = size
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    if isSquare { try value.encode(width) } else { try value.encode(text) }
  }
}
