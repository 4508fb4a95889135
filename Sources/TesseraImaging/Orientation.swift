/// How a camera was held: EXIF 2.3 tag 0x0112, 1...8.
enum Orientation: UInt16 {
  case upright = 1
  case mirrored, upsideDown, mirroredUpsideDown, transposed, turnedLeft, transversed, turnedRight

  /// Whether the upright picture's width is the stored height.
  var swapsAxes: Bool { rawValue >= 5 }

  /// Whether the stored columns are to be taken from right to left.
  var mirrorsColumns: Bool { [.mirrored, .upsideDown, .transversed, .turnedRight].contains(self) }

  /// Whether the stored rows are to be taken from bottom to top.
  var mirrorsRows: Bool { [.upsideDown, .mirroredUpsideDown, .turnedLeft, .transversed].contains(self) }

  /// The orientation that the Exif segment of a JPEG file holds; upright where there is none or it makes no sense.
  init(ofJPEG bytes: [UInt8]) {
    self = Self.exifSegment(of: bytes).flatMap(Self.init(tiff:)) ?? .upright
  }

  /// The TIFF structure within the first APP1 segment that is Exif's.
  private static func exifSegment(of bytes: [UInt8]) -> ArraySlice<UInt8>? {
    let (app1, startOfScan, header): (UInt8, UInt8, [UInt8]) = (0xE1, 0xDA, Array("Exif".utf8) + [0, 0])
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      // Any number of 0xFF may precede a marker.
      if marker == 0xFF {
        position += 1
        continue
      }
      if marker == startOfScan { return nil }
      let end = position + 2 + Int(bytes[position + 2]) << 8 + Int(bytes[position + 3])
      guard end <= bytes.count, end >= position + 4 else { return nil }
      let body = bytes[position + 4..<end]
      if marker == app1, body.starts(with: header) { return body.dropFirst(header.count) }
      position = end
    }
    return nil
  }

  /// Reads tag 0x0112 of the first directory.
  private init?(tiff: ArraySlice<UInt8>) {
    let bytes = Array(tiff)
    guard bytes.count >= 8 else { return nil }
    let isLittleEndian = bytes.starts(with: "II".utf8)
    guard isLittleEndian || bytes.starts(with: "MM".utf8) else { return nil }
    func integer(at offset: Int, byteCount: Int) -> Int? {
      guard offset >= 0, offset + byteCount <= bytes.count else { return nil }
      let digits = bytes[offset..<offset + byteCount]
      return (isLittleEndian ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = integer(at: 4, byteCount: 4), let count = integer(at: directory, byteCount: 2) else {
      return nil
    }
    let (orientationTag, short) = (0x0112, 3)
    for entry in 0..<count {
      let offset = directory + 2 + 12 * entry
      guard let tag = integer(at: offset, byteCount: 2), let type = integer(at: offset + 2, byteCount: 2),
        let value = integer(at: offset + 8, byteCount: 2)
      else { return nil }
      if tag == orientationTag {
        guard type == short, let found = Self(rawValue: UInt16(value)) else { return nil }
        self = found
        return
      }
    }
    return nil
  }
}
