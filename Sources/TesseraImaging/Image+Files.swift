import Foundation

extension Image {
  /// The maximum number of pixels that are decoded: a small file that claims more is a mistake or an attack.
  public static let pixelLimit = 1 << 27

  /// Reads a JPEG or PNG, or with the traits of these names a TIFF or WebP, whichever its first bytes indicate, turned
  /// upright according to its orientation in EXIF or XMP.
  ///
  /// CMYK becomes RGB, palettes become colors, fewer than 8 bits become 8, 16 stay 16, and alpha is dropped (what lies
  /// under transparent pixels shows).
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - size: a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, which is much faster, as long as the upright
  ///     picture keeps at least this width and height; `nil` decodes everything. ``DecodedImage`` has the full size.
  /// - Throws: `ImageError`.
  public init(contentsOf path: String, atLeast size: (width: Int, height: Int)? = nil) throws(ImageError) {
    self = try DecodedImage(contentsOf: path, atLeast: size).image
  }

  /// Reads a picture from a file URL; see ``init(contentsOf:atLeast:)-(String,_)``.
  public init(contentsOf url: URL, atLeast size: (width: Int, height: Int)? = nil) throws(ImageError) {
    try self.init(contentsOf: url.path, atLeast: size)
  }

  /// Decodes the bytes of a picture file, such as an upload.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: identifies the file in errors.
  ///   - size: as in ``init(contentsOf:atLeast:)-(String,_)``.
  ///   - pixelLimit: a stored size of more pixels is refused before memory is allocated for them.
  /// - Throws: `ImageError`.
  public init(
    decoding bytes: [UInt8], name: String, atLeast size: (width: Int, height: Int)? = nil,
    pixelLimit: Int = Image.pixelLimit
  ) throws(ImageError) {
    self = try DecodedImage(decoding: bytes, name: name, atLeast: size, pixelLimit: pixelLimit).image
  }

  /// Writes a PNG or JPEG according to the file extension (`.png`, `.jpg`, `.jpeg`), through a temporary file and a
  /// rename.
  ///
  /// - Throws: `ImageError`.
  public func write(to path: String) throws(ImageError) {
    guard let format = PictureFormat(fileName: path) else {
      throw .unsupported(file: path, reason: "the name of a picture to write must end in .png, .jpg or .jpeg")
    }
    try write(to: path, as: format)
  }

  /// Writes `format` whatever the file extension, through a temporary file and a rename.
  public func write(to path: String, as format: PictureFormat) throws(ImageError) {
    try FileBytes.write(encoded(as: format, name: path), to: path)
  }

  /// Writes to a file URL; see ``write(to:)-(String)``.
  public func write(to url: URL) throws(ImageError) { try write(to: url.path) }

  /// The bytes of a file of `format`; `name` identifies the file in errors. A JPEG holds 8 bits of a 16-bit picture.
  public func encoded(as format: PictureFormat, name: String = "picture") throws(ImageError) -> [UInt8] {
    switch format {
    case .png(let compression):
      try Codec.encodePNG(self, compression: compression, file: name)
    case .jpeg(let quality):
      try Codec.encodeJPEG(self, quality: quality, file: name)
    }
  }
}
