/// How pictures of any size and shape become what a network sees at its training size.
///
/// | framing | in training | in evaluation |
/// |---|---|---|
/// | `stretch` | the whole picture, scaled to the training size | the same |
/// | `pad` | the whole picture, scaled with its shape until it fits; what is left is void | the same |
/// | `crop` | a window at a random place of the picture, at its own size or at a scale | the whole picture |
public enum Framing: Sendable, Hashable {
  /// Scaled to the training size, whatever that does to the picture's shape.
  case stretch
  /// Scaled with its shape to as much of the training size as it fills; what is left at the right or the bottom is
  /// void.
  case pad
  /// Windows of the training size of pictures at `scale` times their own size; where a picture is smaller, the rest is
  /// void.
  case crop(scale: Double = 1)

  /// The scales that pictures can be cropped at; beyond 1 there is nothing more to see.
  public static let scales = 0.05...1

  /// The size at which a network sees a whole picture, for a network trained at `size`.
  public func scaledSize(for size: ImageSize) -> ScaledSize {
    switch self {
    case .stretch: .exactly(size)
    case .pad: .within(size)
    case .crop(let scale): .times(scale)
    }
  }

  /// Whether some of what a network sees may lie beside the picture.
  public var pads: Bool { self != .stretch }
}

extension Framing: LosslessStringConvertible {
  /// `stretch`, `pad`, `crop`, or `crop=0.5` for pictures at half their size; `nil` for other texts.
  public init?(_ text: String) {
    switch text {
    case "stretch": self = .stretch
    case "pad": self = .pad
    case "crop": self = .crop()
    default:
      guard text.hasPrefix("crop="), let scale = Double(text.dropFirst(5)), Self.scales.contains(scale) else {
        return nil
      }
      self = .crop(scale: scale)
    }
  }

  /// As on the command line.
  public var description: String {
    switch self {
    case .stretch: "stretch"
    case .pad: "pad"
    case .crop(let scale): scale == 1 ? "crop" : "crop=\(scale)"
    }
  }
}

extension Framing: Codable {
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    let text = try value.decode(String.self)
    guard let framing = Framing(text) else {
      throw DecodingError.dataCorruptedError(
        in: value, debugDescription: "\"framing\" is \"\(text)\", which is none that this version knows")
    }
    self = framing
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(description)
  }
}
