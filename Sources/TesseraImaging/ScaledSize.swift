/// The size that a picture is scaled to, as a function of its own.
///
/// ```swift
/// ScaledSize.within(128).size(of: ImageSize(width: 640, height: 480))   // 128 x 96
/// ```
public enum ScaledSize: Sendable, Hashable {
  /// This size, whatever the picture's.
  case exactly(ImageSize)
  /// The picture's shape, as large as fits into this size.
  case within(ImageSize)
  /// This multiple of the picture's size.
  case times(Double)

  /// What a picture of `own` size is scaled to; at least one pixel.
  public func size(of own: ImageSize) -> ImageSize {
    switch self {
    case .exactly(let size): return size
    case .within(let frame):
      // In whole numbers: no rounding decides which side touches the frame.
      func rounded(_ length: Int, _ side: Int, _ divisor: Int) -> Int {
        max(1, (2 * length * side + divisor) / (2 * divisor))
      }
      return frame.width * own.height <= frame.height * own.width
        ? ImageSize(width: frame.width, height: min(frame.height, rounded(own.height, frame.width, own.width)))
        : ImageSize(width: min(frame.width, rounded(own.width, frame.height, own.height)), height: frame.height)
    case .times(let factor):
      func scaled(_ length: Int) -> Int { max(1, Int((Double(length) * factor).rounded())) }
      return ImageSize(width: scaled(own.width), height: scaled(own.height))
    }
  }
}
