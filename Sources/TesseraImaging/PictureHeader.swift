import TesseraTensors

/// What the bytes of a picture reveal without decoding: its size, and whether it is complete.
///
/// A survey of many pictures starts here and decodes only what looks damaged: reading costs a hundredth of decoding.
package struct PictureHeader: Equatable {
  /// The width of the upright picture in pixels.
  package let width: Int
  package let height: Int

  /// `nil` if, judging by their structure, the bytes are not a complete JPEG or PNG, or are those of another format;
  /// decoding says more.
  package init?(of bytes: [UInt8]) {
    let (size, metadata): ((width: Int, height: Int)?, PictureMetadata)
    switch Signature(of: bytes) {
    case .jpeg: (size, metadata) = (Self.jpegSize(bytes), PictureMetadata(ofJPEG: bytes))
    case .png: (size, metadata) = (Self.pngSize(bytes), PictureMetadata(ofPNG: bytes))
    case .tiff, .webp, .other: return nil
    }
    guard let size, size.width > 0, size.height > 0 else { return nil }
    (width, height) = metadata.orientation.swapsAxes ? (size.height, size.width) : size
  }

  /// Scans the markers to the end of the picture. Entropy-coded bytes hold no markers except restarts, so a picture
  /// that was cut off or filled with zeros has no end.
  private static func jpegSize(_ bytes: [UInt8]) -> (width: Int, height: Int)? {
    var size: (width: Int, height: Int)?
    var place = 2
    while place + 1 < bytes.count {
      guard bytes[place] == 0xFF else {
        place += 1
        continue
      }
      let marker = bytes[place + 1]
      switch marker {
      case 0xFF: place += 1
      case 0x00, 0x01, 0xD0...0xD8: place += 2
      case 0xD9: return size
      default:
        guard place + 3 < bytes.count else { return nil }
        let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
        // Frames: their first segment has the size; DHT, JPG and DAC are not frames.
        if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker), place + 8 < bytes.count {
          size = (
            Int(bytes[place + 7]) << 8 | Int(bytes[place + 8]), Int(bytes[place + 5]) << 8 | Int(bytes[place + 6])
          )
        }
        place += 2 + max(length, 2)
      }
    }
    return nil
  }

  /// Scans the chunks to the last one, each with its checksum.
  private static func pngSize(_ bytes: [UInt8]) -> (width: Int, height: Int)? {
    bytes.withUnsafeBytes { bytes in
      func number(at place: Int) -> Int {
        Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
      }
      var size: (width: Int, height: Int)?
      var place = 8
      while place + 12 <= bytes.count {
        let length = number(at: place)
        guard length <= bytes.count - place - 12 else { return nil }
        let content = UnsafeRawBufferPointer(rebasing: bytes[place + 4..<place + 8 + length])
        guard CRC32.sum(of: content) == UInt32(number(at: place + 8 + length)) else { return nil }
        if content.starts(with: "IHDR".utf8), length >= 8 { size = (number(at: place + 8), number(at: place + 12)) }
        if content.starts(with: "IEND".utf8) { return size }
        place += 12 + length
      }
      return nil
    }
  }
}
