import CZLIB

/// The checksum CRC-32 as zlib computes it: detects bytes damaged by a disk or a copy, not forged ones.
package struct CRC32 {
  private var state = crc32_z(0, nil, 0)

  package init() {}

  /// The checksum of the bytes added so far.
  package var value: UInt32 { UInt32(truncatingIfNeeded: state) }

  /// The checksum as eight hexadecimal digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    state = crc32_z(state, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
  }

  package mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

  package static func sum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = CRC32()
    checksum.add(bytes)
    return checksum.value
  }
}
