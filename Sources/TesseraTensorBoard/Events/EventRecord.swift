/// A record of an event file, TFRecord's frame: length, checksum of the length, data, checksum of the data; all numbers
/// with the lowest byte first.
package enum EventRecord {
  /// The frame around `data`.
  package static func framing(_ data: [UInt8]) -> [UInt8] {
    let length = bytes(of: UInt64(data.count))
    return length + bytes(of: masked(CRC32C.checksum(of: length))) + data
      + bytes(of: masked(CRC32C.checksum(of: data)))
  }

  /// The checksum as it is stored: a checksum of data that holds checksums is weak, so it is rotated and shifted.
  private static func masked(_ checksum: UInt32) -> UInt32 {
    (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
