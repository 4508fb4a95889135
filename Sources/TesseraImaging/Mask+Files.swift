import Foundation

extension Mask {
  /// Reads a palette or gray PNG (1 to 16 bits), or with the trait TIFF such a TIFF, as raw class indices and checks
  /// each against the label space.
  ///
  /// Many programs save indices as colors: an RGB or RGBA picture is read where every pixel is gray (red = green =
  /// blue) and opaque. With other colors or transparent pixels, its classes cannot be known for certain.
  ///
  /// - Throws: `ImageError` if the file cannot be read or decoded; `MaskError` if it holds colors, or values that the
  ///   label space does not have.
  public init(contentsOf path: String, labelSpace: LabelSpace) throws {
    try self.init(decoding: FileBytes.read(path), name: path, labelSpace: labelSpace)
  }

  /// Reads a mask from a file URL; see ``init(contentsOf:labelSpace:)-(String,_)``.
  public init(contentsOf url: URL, labelSpace: LabelSpace) throws {
    try self.init(contentsOf: url.path, labelSpace: labelSpace)
  }

  /// Decodes the bytes of a PNG or TIFF file; `name` identifies the file in errors.
  public init(decoding bytes: [UInt8], name: String, labelSpace: LabelSpace) throws {
    let picture = try IndexPicture(decoding: bytes, name: name)
    try picture.check(against: labelSpace, name: name)
    self = try picture.mask(labelSpace, name: name)
  }

  /// Decodes the numbers in a PNG or TIFF file, whatever they mean: none is checked.
  package init(numbersIn bytes: [UInt8], name: String) throws {
    self = try IndexPicture(decoding: bytes, name: name).mask(LabelSpace(names: [], void: nil), name: name)
  }

  /// Writes the indices as a gray PNG, 8 bits where they suffice and 16 otherwise, through a temporary file and a
  /// rename.
  ///
  /// - Throws: `MaskError.notPNG` if the name does not end in `.png`, `ImageError` if the file cannot be written.
  public func write(to path: String) throws {
    guard PictureFormat(fileName: path) == .png else { throw MaskError.notPNG(file: path) }
    try FileBytes.write(encoded(name: path), to: path)
  }

  /// The bytes of a gray PNG of the indices, 8 bits where they suffice and 16 otherwise; `name` identifies the file in
  /// errors.
  public func encoded(name: String = "mask") throws(ImageError) -> [UInt8] {
    let needsWords = (indices.max() ?? 0) > UInt16(UInt8.max)
    let image = Image(
      width: width, height: height, channels: 1,
      samples: needsWords ? .sixteenBit(indices) : .eightBit(indices.map { UInt8($0) }))
    return try Codec.encodePNG(image, compression: Self.compression, isPhotograph: false, file: name)
  }

  /// Areas of one index compress so quickly that a lower level gains little: 1.6 ms and 3.7 KB for 683 x 512 pixels of
  /// 8 classes, 0.7 ms and 6.9 KB at level 1.
  private static let compression = 6

  /// Writes to a file URL; see ``write(to:)-(String)``.
  public func write(to url: URL) throws { try write(to: url.path) }

  /// Writes the indices as a palette PNG: viewers show the label space's colors, and the indices can be read back.
  ///
  /// - Throws: `MaskError.notPNG` if the name does not end in `.png`, `ImageError` if the file cannot be written or an
  ///   index is above 255.
  public func writeWithPalette(to path: String) throws {
    guard PictureFormat(fileName: path) == .png else { throw MaskError.notPNG(file: path) }
    try FileBytes.write(encodedWithPalette(name: path), to: path)
  }

  /// The bytes of a palette PNG; `name` identifies the file in errors.
  ///
  /// - Throws: `ImageError` if an index is above 255.
  public func encodedWithPalette(name: String = "mask") throws(ImageError) -> [UInt8] {
    let greatest = Int(indices.max() ?? 0)
    guard greatest <= UInt8.max else {
      throw .unwritable(file: name, reason: "a palette holds 256 colors, but the mask has index \(greatest)")
    }
    let image = Image(
      width: width, height: height, channels: 1, samples: .eightBit(indices.map { UInt8($0) }))
    return try Codec.encodePNG(
      image, compression: Self.compression, isPhotograph: false,
      palette: (0...greatest).map { labelSpace.color(of: $0) },
      file: name)
  }
}
