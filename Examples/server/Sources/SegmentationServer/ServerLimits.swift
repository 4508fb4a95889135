/// What requests may take: each bound holds however many clients there are, and whatever they send.
public struct ServerLimits: Sendable {
  /// The bytes of a picture's file.
  public var bytes = 16 << 20
  /// The pixels of a picture, checked before memory is allocated for them; a side counts as ``shortestSide`` at least.
  public var pixels = 1 << 24
  /// The pictures that wait for a pass.
  public var queue = 16
  /// The pictures that are decoded, segmented and encoded at a time.
  public var sideBySide = 1
  /// The time that an upload may take, and then the time to its answer.
  public var timeout = Duration.seconds(30)
  /// The threads of all passes together.
  public var threads: Int?
  /// The connections that are accepted at a time; further ones wait in the system's queue.
  public var connections = 512

  public init() {}

  /// The least that a side of a picture counts, in pixels: networks see multiples of 16 or 32, so a picture of one row
  /// takes as much as one of many.
  public static let shortestSide = 64

  /// The bytes of uploads that are held at a time.
  var uploads: Int { bytes * (queue + sideBySide) }

  /// The default of `pixels` for a network that sees pictures as a whole at their own size, whose memory therefore grows
  /// with every pixel.
  static let pixelsOfWholePictures = 1 << 20
}
