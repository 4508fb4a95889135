/// How a JPEG or PNG stores its picture, read from its bytes without decoding.
package struct PictureTraits: Equatable, Sendable {
  /// The formats that are read, by their names.
  package enum Format: String, Sendable {
    case jpeg = "JPEG"
    case png = "PNG"
  }

  package let format: Format

  /// 1 (gray, or a palette), 3 (colors) or 4 (inks), without alpha.
  package let channels: Int

  /// Bits per sample.
  package let bitDepth: Int

  /// Whether pixels are colors from a list.
  package let hasPalette: Bool

  /// Whether pixels may be transparent.
  package let hasAlpha: Bool

  /// How the camera was held, 1...8 as in EXIF; 1 is upright.
  package let orientation: Int

  /// `nil` for files that are neither, or end before they say.
  package init?(of bytes: [UInt8]) {
    switch Signature(of: bytes) {
    case .jpeg:
      guard let frame = Self.jpegFrame(bytes) else { return nil }
      (format, channels, bitDepth) = (.jpeg, frame.channels, frame.bitDepth)
      (hasPalette, hasAlpha) = (false, false)
      orientation = Int(PictureMetadata(ofJPEG: bytes).orientation.rawValue)
    case .png:
      let (depth, type) = (24, 25)
      guard bytes.count > type else { return nil }
      format = .png
      bitDepth = Int(bytes[depth])
      hasPalette = bytes[type] == 3
      channels = bytes[type] & 2 != 0 && !hasPalette ? 3 : 1
      hasAlpha = bytes[type] & 4 != 0 || PNGChunks(bytes, ofTypes: ["tRNS"]).contains { !$0.data.isEmpty }
      orientation = Int(PictureMetadata(ofPNG: bytes).orientation.rawValue)
    case .other: return nil
    }
  }

  /// The first frame's segment, before which only whole segments can be.
  private static func jpegFrame(_ bytes: [UInt8]) -> (channels: Int, bitDepth: Int)? {
    var place = 2
    while place + 9 < bytes.count, bytes[place] == 0xFF {
      let marker = bytes[place + 1]
      if marker == 0xFF {
        place += 1
        continue
      }
      // DHT, JPG and DAC lie among the frames' markers and are none.
      if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
        return (Int(bytes[place + 9]), Int(bytes[place + 4]))
      }
      place += 2 + max(2, Int(bytes[place + 2]) << 8 | Int(bytes[place + 3]))
    }
    return nil
  }
}
