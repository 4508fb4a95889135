/// The first directory of an EXIF structure, which is a TIFF's.
enum ExifDirectory {
  /// What a directory says about the orientation.
  enum Answer: Equatable {
    /// It has no such tag.
    case absent

    /// It has the tag; `nil` if its value is not one of 1...8.
    case present(Orientation?)
  }

  private static let orientationTag: UInt64 = 0x0112

  /// How a type's bytes represent a number.
  private enum Kind {
    case unsigned, signed, real, ratio, signedRatio
    /// Bytes and texts, which are not read as an orientation even if they hold one.
    case text
  }

  /// By the type's number: the size of a value in bytes.
  private static let types: [UInt64: (size: Int, kind: Kind)] = [
    1: (1, .text), 2: (1, .text), 3: (2, .unsigned), 4: (4, .unsigned), 5: (8, .ratio), 6: (1, .signed), 7: (1, .text),
    8: (2, .signed), 9: (4, .signed), 10: (8, .signedRatio), 11: (4, .real), 12: (8, .real), 13: (4, .unsigned),
    16: (8, .unsigned),
  ]

  /// Reads tag 0x0112 of the first directory; the first entry with a value counts.
  static func orientation(_ exif: [UInt8]) -> Answer {
    var bytes = exif[...]
    for _ in 0..<2 where bytes.starts(with: "Exif\0\0".utf8) { bytes = bytes.dropFirst(6) }
    if bytes.isEmpty { return .absent }
    guard let numbers = Numbers(tiff: Array(bytes)), let start = numbers.unsigned(at: 4, size: 4) else {
      return .present(nil)
    }
    let directory = Int(start)
    guard let count = numbers.unsigned(at: directory, size: 2) else { return .absent }
    var outside = 0
    for position in 0..<Int(count) {
      let entry = directory + 2 + 12 * position
      guard let tag = numbers.unsigned(at: entry, size: 2), let type = numbers.unsigned(at: entry + 2, size: 2),
        let values = numbers.unsigned(at: entry + 4, size: 4), let place = numbers.unsigned(at: entry + 8, size: 4)
      else { return .absent }
      guard values > 0, let (size, kind) = types[type] else { continue }
      let length = Int(values) * size
      if length > 4 {
        // More than the structure has: the entry is skipped. Beyond its end: nothing that follows is trusted either.
        outside += length
        if outside > numbers.bytes.count { continue }
        if Int(place) + length > numbers.bytes.count { return .absent }
      }
      if tag == orientationTag {
        let value = numbers.number(at: length > 4 ? Int(place) : entry + 8, size: size, kind: kind)
        return .present(value.flatMap(UInt16.init(exactly:)).flatMap(Orientation.init))
      }
    }
    return .absent
  }

  /// Numbers of one byte order at any position; `nil` beyond the end.
  private struct Numbers {
    let bytes: [UInt8]
    private let isLittleEndian: Bool

    init?(tiff bytes: [UInt8]) {
      guard bytes.count >= 4, Set(bytes[2..<4]) == [0, 0x2A] else { return nil }
      isLittleEndian = bytes.starts(with: "II".utf8)
      guard isLittleEndian || bytes.starts(with: "MM".utf8) else { return nil }
      self.bytes = bytes
    }

    func unsigned(at offset: Int, size: Int) -> UInt64? {
      guard offset >= 0, offset <= bytes.count - size else { return nil }
      let digits = bytes[offset..<offset + size]
      func joined(_ digits: some Sequence<UInt8>) -> UInt64 { digits.reduce(0) { $0 << 8 | UInt64($1) } }
      return isLittleEndian ? joined(digits.reversed()) : joined(digits)
    }

    private func signed(at offset: Int, size: Int) -> Int64? {
      unsigned(at: offset, size: size).map { Int64(bitPattern: $0 << UInt64(64 - 8 * size)) >> Int64(64 - 8 * size) }
    }

    func number(at offset: Int, size: Int, kind: Kind) -> Double? {
      switch kind {
      case .text: nil
      case .unsigned: unsigned(at: offset, size: size).map { Double($0) }
      case .signed: signed(at: offset, size: size).map { Double($0) }
      case .real where size == 4:
        unsigned(at: offset, size: 4).map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
      case .real: unsigned(at: offset, size: 8).map { Double(bitPattern: $0) }
      case .ratio:
        ratio(unsigned(at: offset, size: 4).map { Double($0) }, unsigned(at: offset + 4, size: 4).map { Double($0) })
      case .signedRatio:
        ratio(signed(at: offset, size: 4).map { Double($0) }, signed(at: offset + 4, size: 4).map { Double($0) })
      }
    }

    private func ratio(_ above: Double?, _ below: Double?) -> Double? {
      guard let above, let below else { return nil }
      return above / below
    }
  }
}
