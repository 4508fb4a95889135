import CImageCodecs

/// The Swift side of the C codecs: bytes to samples and back; failures become `ImageError`s that name the file.
enum Codec {
  /// What a decoder gives: `[height, width, channels]` row-major.
  struct Picture {
    let width: Int
    let height: Int

    /// The stored size, which is larger if the decoder itself reduced the picture.
    let fullSize: Size
    let channels: Int
    let samples: Image.Samples

    /// Of a TIFF; other decoders do not know it.
    let orientation: Orientation
  }

  typealias Size = (width: Int, height: Int)

  static func decodeJPEG(
    _ bytes: [UInt8], file: String, atLeast size: Size?, pixelLimit: Int
  ) throws(ImageError) -> Picture {
    try decode(bytes, file: file, pixelLimit) { start, count, limit, picture in
      codecDecodeJPEG(
        start, count, UInt32(clamping: size?.width ?? 0), UInt32(clamping: size?.height ?? 0), limit, &picture)
    }
  }

  static func decodePNG(_ bytes: [UInt8], file: String, pixelLimit: Int) throws(ImageError) -> Picture {
    try decode(bytes, file: file, pixelLimit) { codecDecodePNG($0, $1, $2, &$3) }
  }

  /// Raw indices of a palette or gray PNG, whose samples the caller frees.
  ///
  /// - Throws: `ImageError`; `MaskError` if the PNG holds something else.
  static func decodePNGIndices(_ bytes: [UInt8], file: String) throws -> CodecPicture {
    try decodeIndices(bytes, file: file, by: codecDecodePNGIndices)
  }

  /// The same of a TIFF; only with the trait TIFF is there one to decode.
  static func decodeTIFFIndices(_ bytes: [UInt8], file: String) throws -> CodecPicture {
    #if TIFF
      try decodeIndices(bytes, file: file, by: codecDecodeTIFFIndices)
    #else
      throw ImageError.notAPicture(file: file, found: FileFormat.tiff.rawValue)
    #endif
  }

  private static func decodeIndices(
    _ bytes: [UInt8], file: String,
    by decoder: (UnsafePointer<UInt8>?, Int, UInt64, UnsafeMutablePointer<CodecPicture>?) -> CodecStatus
  ) throws -> CodecPicture {
    var decoded = CodecPicture()
    let status = bytes.withUnsafeBufferPointer {
      decoder($0.baseAddress, $0.count, UInt64(Image.pixelLimit), &decoded)
    }
    if status.code == CodecNotIndices { throw MaskError.notIndices(file: file, kind: message(of: status)) }
    guard status.code == CodecDone else { throw error(for: status, file: file, Image.pixelLimit) }
    return decoded
  }

  /// - Throws: `ImageError`; only with the trait TIFF is there a TIFF to decode.
  static func decodeTIFF(_ bytes: [UInt8], file: String, pixelLimit: Int) throws(ImageError) -> Picture {
    #if TIFF
      try decode(bytes, file: file, pixelLimit) { codecDecodeTIFF($0, $1, $2, &$3) }
    #else
      throw .notAPicture(file: file, found: FileFormat.tiff.rawValue)
    #endif
  }

  /// - Throws: `ImageError`; only with the trait WebP is there a WebP to decode.
  static func decodeWebP(_ bytes: [UInt8], file: String, pixelLimit: Int) throws(ImageError) -> Picture {
    #if WebP
      try decode(bytes, file: file, pixelLimit) { codecDecodeWebP($0, $1, $2, &$3) }
    #else
      throw .notAPicture(file: file, found: FileFormat.webp.rawValue)
    #endif
  }

  static func encodeJPEG(_ image: Image, quality: Int, file: String) throws(ImageError) -> [UInt8] {
    let pixels = image.pixels
    return try encode(file: file) { output in
      codecEncodeJPEG(
        pixels, UInt32(image.width), UInt32(image.height), UInt32(image.channels), CInt(min(max(quality, 1), 100)),
        &output)
    }
  }

  /// - Parameters:
  ///   - compression: zlib's 0...9.
  ///   - isPhotograph: whether neighboring samples are close to each other rather than equal.
  ///   - palette: if not empty, the samples are 8-bit indices into it.
  static func encodePNG(
    _ image: Image, compression: Int, isPhotograph: Bool = true, palette: [Color] = [], file: String
  ) throws(ImageError) -> [UInt8] {
    // Trying all filters takes longer than fast compression itself, and indices are smallest and fastest without any.
    let filter = !isPhotograph ? CodecNoFilter : compression <= 3 ? CodecFilterUp : CodecAllFilters
    let entries = palette.flatMap { [$0.red, $0.green, $0.blue] }
    return try encode(file: file) { output in
      func status(of samples: UnsafeRawBufferPointer, bitDepth: UInt32) -> CodecStatus {
        codecEncodePNG(
          samples.baseAddress, UInt32(image.width), UInt32(image.height), UInt32(image.channels), bitDepth, entries,
          UInt32(palette.count), CInt(min(max(compression, 0), 9)), filter, &output)
      }
      return switch image.samples {
      case .eightBit(let samples): samples.withUnsafeBytes { status(of: $0, bitDepth: 8) }
      case .sixteenBit(let samples): samples.withUnsafeBytes { status(of: $0, bitDepth: 16) }
      }
    }
  }

  private static func decode(
    _ bytes: [UInt8], file: String, _ pixelLimit: Int,
    by decoder: (UnsafePointer<UInt8>?, Int, UInt64, inout CodecPicture) -> CodecStatus
  ) throws(ImageError) -> Picture {
    var decoded = CodecPicture()
    let status = bytes.withUnsafeBufferPointer {
      decoder($0.baseAddress, $0.count, UInt64(clamping: pixelLimit), &decoded)
    }
    guard status.code == CodecDone else { throw error(for: status, file: file, pixelLimit) }
    defer { codecFree(decoded.samples) }
    let raw = UnsafeRawBufferPointer(start: decoded.samples, count: decoded.byteCount)
    return Picture(
      width: Int(decoded.width), height: Int(decoded.height),
      fullSize: (width: Int(decoded.fullWidth), height: Int(decoded.fullHeight)), channels: Int(decoded.channels),
      samples: try PictureMemory.taking(raw.count, for: file) {
        decoded.bitDepth == 16 ? .sixteenBit(Array(raw.bindMemory(to: UInt16.self))) : .eightBit(Array(raw))
      }, orientation: Orientation(rawValue: UInt16(clamping: decoded.orientation)) ?? .upright)
  }

  private static func encode(
    file: String, by encoder: (inout CodecBuffer) -> CodecStatus
  ) throws(ImageError) -> [UInt8] {
    var output = CodecBuffer()
    let status = encoder(&output)
    guard status.code == CodecDone else { throw .unwritable(file: file, reason: message(of: status)) }
    defer { codecFree(output.bytes) }
    return Array(UnsafeBufferPointer(start: output.bytes, count: output.count))
  }

  private static func error(for status: CodecStatus, file: String, _ pixelLimit: Int) -> ImageError {
    switch status.code {
    case CodecTruncated: .truncated(file: file)
    case CodecTooLarge: .tooLarge(file: file, width: Int(status.width), height: Int(status.height), limit: pixelLimit)
    case CodecUnsupported:
      .unsupported(
        file: file,
        reason: "is \(message(of: status)), which is not supported; "
          + (message(of: status).hasPrefix("a TIFF")
            ? "save it with at most 16 channels, as integers of 8 or 16 bits, by Deflate or LZW"
            : "convert it to an ordinary JPEG or PNG"))
    case CodecOutOfMemory: PictureMemory.exhausted(file)
    default: .damaged(file: file, reason: message(of: status))
    }
  }

  private static func message(of status: CodecStatus) -> String {
    withUnsafeBytes(of: status.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
