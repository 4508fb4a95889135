import TesseraTensors

/// A mask read at a requested size, together with the stored size.
///
/// ```swift
/// let decoded = try DecodedMask(contentsOf: "street.png", labelSpace: space, resizedTo: (width: 128, height: 128))
/// decoded.mask.width   // 128
/// decoded.fullWidth    // 1000
/// ```
public struct DecodedMask: Sendable, Equatable {
  /// The mask at the requested size.
  public let mask: Mask

  /// The stored width in pixels.
  public let fullWidth: Int

  /// The stored height in pixels.
  public let fullHeight: Int

  /// Reads what ``Mask/init(contentsOf:labelSpace:)-(String,_)`` reads, and checks every stored index.
  ///
  /// - Parameters:
  ///   - path: a PNG or TIFF of one channel.
  ///   - labelSpace: the valid indices.
  ///   - size: the mask is scaled to it by nearest neighbor; `nil` keeps the stored size.
  /// - Throws: `ImageError`, `MaskError`.
  public init(
    contentsOf path: String, labelSpace: LabelSpace, resizedTo size: (width: Int, height: Int)? = nil
  ) throws {
    if let size {
      require(
        size.width > 0 && size.height > 0,
        "DecodedMask: the size must be positive; got \(size.width) x \(size.height)")
    }
    try self.init(
      contentsOf: path, labelSpace: labelSpace,
      scaledTo: size.map { .exactly(ImageSize(width: $0.width, height: $0.height)) })
  }

  /// The same at a size that follows from the stored one.
  package init(contentsOf path: String, labelSpace: LabelSpace, scaledTo size: ScaledSize?) throws {
    let picture = try IndexPicture(decoding: FileBytes.read(path), name: path)
    try picture.check(against: labelSpace, name: path)
    (fullWidth, fullHeight) = (picture.width, picture.height)
    if let size = size?.size(of: ImageSize(width: picture.width, height: picture.height)) {
      mask = picture.mask(labelSpace, resizedToWidth: size.width, height: size.height)
    } else {
      mask = try picture.mask(labelSpace, name: path)
    }
  }

  /// A mask that was not decoded from indices.
  ///
  /// - Parameters:
  ///   - mask: of the stored size.
  ///   - size: what it is scaled to by nearest neighbor; `nil` keeps the stored size.
  package init(_ mask: Mask, scaledTo size: ScaledSize?) {
    (fullWidth, fullHeight) = (mask.width, mask.height)
    let scaled = size?.size(of: ImageSize(width: mask.width, height: mask.height))
    self.mask = scaled.map { mask.resized(toWidth: $0.width, height: $0.height) } ?? mask
  }
}
