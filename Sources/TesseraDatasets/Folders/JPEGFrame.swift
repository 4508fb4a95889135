/// The size that a JPEG's frame header states (ITU-T T.81, B.2.2): by it a picture that was decoded at a fraction of its
/// size is compared with its mask.
struct JPEGFrame {
  private let width: Int
  private let height: Int

  /// `nil` where the bytes are no JPEG or have no frame header.
  init?(in bytes: [UInt8]) {
    guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
    var position = 2
    while position + 9 <= bytes.count {
      guard bytes[position] == 0xFF else { return nil }
      let marker = bytes[position + 1]
      if marker == 0xFF {
        position += 1
        continue
      }
      // C4, C8 and CC share the frame headers' range and are tables.
      if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
        height = Int(bytes[position + 5]) << 8 | Int(bytes[position + 6])
        width = Int(bytes[position + 7]) << 8 | Int(bytes[position + 8])
        if width == 0 || height == 0 { return nil }
        return
      }
      // Restart markers and the start stand alone; every other segment says how long it is.
      let standsAlone = (0xD0...0xD8).contains(marker) || marker == 0x01
      position += standsAlone ? 2 : 2 + (Int(bytes[position + 2]) << 8 | Int(bytes[position + 3]))
    }
    return nil
  }

  /// The full sizes that the upright picture can have, when its decoder gave `decoded` after scaling by 1, 1/2, 1/4 or
  /// 1/8 and turning; two where a nearly square picture leaves open whether it was turned.
  func sizes(decodedAs decoded: ImageSize) -> [ImageSize] {
    [ImageSize(width: width, height: height), ImageSize(width: height, height: width)].filter { size in
      [1, 2, 4, 8].contains { factor in
        (size.width + factor - 1) / factor == decoded.width && (size.height + factor - 1) / factor == decoded.height
      }
    }
  }
}
