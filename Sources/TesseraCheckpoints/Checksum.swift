import TesseraFiles
import TesseraTensors

/// The CRC-32 of a safetensors file, stored in the file's own metadata.
///
/// It covers the header, with eight zeros in its place, and all data, so that no changed byte goes unnoticed, neither
/// in a weight nor in the step count.
enum Checksum {
  /// The metadata's key.
  static let key = "tessera.crc32"
  /// What the checksum is computed with in its own place.
  static let zeros = "00000000"

  /// The position of the digits in a header. No text inside a JSON string can look like the key, because its quotes are
  /// escaped.
  static func place(in header: [UInt8]) -> Int? {
    let label = Array("\"\(key)\":\"".utf8)
    let last = header.count - label.count - zeros.utf8.count
    guard last >= 0 else { return nil }
    return (0...last).first { header[$0] == label[0] && header[$0..<$0 + label.count].elementsEqual(label) }
      .map { $0 + label.count }
  }

  /// Checks the file whose metadata holds `expected`.
  ///
  /// - Parameter header: the header's bytes, which start at byte 8.
  /// - Throws: `SafeTensorsError.damaged`.
  static func verify(_ file: RegularFile, header: [UInt8], expected: String) throws(SafeTensorsError) {
    var checksum = CRC32()
    var header = header
    let length = header.count
    if let place = place(in: header) {
      header.replaceSubrange(place..<place + zeros.utf8.count, with: zeros.utf8)
    }
    checksum.add(header)
    let piece = 1 << 20
    for start in stride(from: 8 + length, to: file.length, by: piece) {
      checksum.add(try file.bytes(in: start..<min(start + piece, file.length)))
    }
    guard checksum.text == expected else {
      throw .damaged(file: file.path, expected: expected, found: checksum.text)
    }
  }
}
