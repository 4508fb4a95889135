import TesseraTensors

/// A photograph: 8- or 16-bit samples, grey or RGB, row by row with channels interleaved.
public struct Image: Sendable, Equatable {
  public let width: Int
  public let height: Int

  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int

  /// The samples, `[height, width, channels]` row-major.
  public var pixels: [UInt8]

  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    require(channels == 1 || channels == 3, "Image: there must be 1 or 3 channels; got \(channels)")
    require(
      pixels.count == width * height * channels,
      "Image: \(width) x \(height) x \(channels) samples were promised, \(pixels.count) given")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }
}
