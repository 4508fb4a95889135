import CImageCodecs

/// How a file stores its picture, read from its bytes without decoding.
package struct PictureTraits: Equatable, Sendable {
  package let format: FileFormat

  /// 1 (gray, or a palette), 3 (colors), 4 (inks), or any number in a TIFF, without alpha.
  package let channels: Int

  /// Bits per sample.
  package let bitDepth: Int

  /// Whether pixels are colors from a list.
  package let hasPalette: Bool

  /// Whether colors are stored as inks (CMYK).
  package let hasInks: Bool

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
      (hasPalette, hasInks, hasAlpha) = (false, channels == 4, false)
      orientation = Int(PictureMetadata(ofJPEG: bytes).orientation.rawValue)
    case .png:
      let (depth, type) = (24, 25)
      guard bytes.count > type else { return nil }
      format = .png
      bitDepth = Int(bytes[depth])
      hasPalette = bytes[type] == 3
      channels = bytes[type] & 2 != 0 && !hasPalette ? 3 : 1
      hasInks = false
      hasAlpha = bytes[type] & 4 != 0 || PNGChunks(bytes, ofTypes: ["tRNS"]).contains { !$0.data.isEmpty }
      orientation = Int(PictureMetadata(ofPNG: bytes).orientation.rawValue)
    case .tiff:
      #if TIFF
        var traits = CodecTraits()
        let status = bytes.withUnsafeBufferPointer { codecReadTIFFTraits($0.baseAddress, $0.count, &traits) }
        guard status.code == CodecDone else { return nil }
        format = .tiff
        (channels, bitDepth) = (Int(traits.channels), Int(traits.bitDepth))
        (hasPalette, hasInks, hasAlpha) = (traits.hasPalette != 0, traits.hasInks != 0, traits.hasAlpha != 0)
        orientation = Int(traits.orientation)
      #else
        return nil
      #endif
    case .webp:
      #if WebP
        format = .webp
        (channels, bitDepth, hasPalette, hasInks) = (3, 8, false, false)
        hasAlpha = bytes.withUnsafeBufferPointer { codecWebPHasAlpha($0.baseAddress, $0.count) } != 0
        orientation = Int(PictureMetadata(ofWebP: bytes).orientation.rawValue)
      #else
        return nil
      #endif
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
