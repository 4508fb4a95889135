/// An image as decoded, possibly at a fraction of the stored size, together with that size.
///
/// ```swift
/// let decoded = try DecodedImage(contentsOf: "street.jpg", atLeast: (width: 128, height: 128))
/// decoded.image.width   // 250
/// decoded.fullWidth     // 1000
/// ```
public struct DecodedImage: Sendable, Equatable {
  /// The picture, turned upright according to its orientation in EXIF or XMP.
  public let image: Image

  /// The width in pixels of the upright picture decoded at full size.
  public let fullWidth: Int

  /// The height in pixels of the upright picture decoded at full size.
  public let fullHeight: Int

  /// Reads a picture file; see ``Image/init(contentsOf:atLeast:)-(String,_)``.
  ///
  /// - Throws: `ImageError`.
  public init(contentsOf path: String, atLeast size: (width: Int, height: Int)? = nil) throws(ImageError) {
    try self.init(decoding: FileBytes.read(path), name: path, atLeast: size)
  }

  /// Decodes the bytes of a picture file; see ``Image/init(decoding:name:atLeast:pixelLimit:)``.
  ///
  /// - Throws: `ImageError`.
  public init(
    decoding bytes: [UInt8], name: String, atLeast size: (width: Int, height: Int)? = nil,
    pixelLimit: Int = Image.pixelLimit
  ) throws(ImageError) {
    let decoded = try DecodedPixels(decoding: bytes, name: name, atLeast: size, pixelLimit: pixelLimit)
    guard case .image(let image) = decoded.pixels.content else {
      throw .unsupported(
        file: name,
        reason:
          "is a TIFF of \(decoded.pixels.channels) channels, but a photograph has one or three: leave out the others")
    }
    self.image = image
    (fullWidth, fullHeight) = (decoded.fullWidth, decoded.fullHeight)
  }
}
