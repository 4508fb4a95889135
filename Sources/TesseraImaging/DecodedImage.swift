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

  /// Reads a JPEG or PNG; see ``Image/init(contentsOf:atLeast:)-(String,_)``.
  ///
  /// - Throws: `ImageError`.
  public init(contentsOf path: String, atLeast size: (width: Int, height: Int)? = nil) throws(ImageError) {
    try self.init(decoding: FileBytes.read(path), name: path, atLeast: size)
  }

  /// Decodes the bytes of a JPEG or PNG file; `name` identifies the file in errors.
  ///
  /// - Throws: `ImageError`.
  public init(
    decoding bytes: [UInt8], name: String, atLeast size: (width: Int, height: Int)? = nil
  ) throws(ImageError) {
    switch Signature(of: bytes) {
    case .jpeg:
      let orientation = PictureMetadata(ofJPEG: bytes).orientation
      let stored = orientation.swapsAxes ? size.map { (width: $0.height, height: $0.width) } : size
      try self.init(Codec.decodeJPEG(bytes, file: name, atLeast: stored), orientation: orientation, name: name)
    case .png:
      try self.init(
        Codec.decodePNG(bytes, file: name), orientation: PictureMetadata(ofPNG: bytes).orientation, name: name)
    case .other(let found):
      throw .notAPicture(file: name, found: found)
    }
  }

  private init(_ picture: Codec.Picture, orientation: Orientation, name: String) throws(ImageError) {
    let stored = Image(
      width: picture.width, height: picture.height, channels: picture.channels, samples: picture.samples)
    image =
      orientation == .upright
      ? stored
      : try PictureMemory.taking(stored.samples.count * stored.bitDepth / 8, for: name) {
        stored.turned(upright: orientation)
      }
    let (width, height) = picture.fullSize
    (fullWidth, fullHeight) = orientation.swapsAxes ? (height, width) : (width, height)
  }
}
