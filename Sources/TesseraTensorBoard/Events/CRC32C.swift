/// The cyclic redundancy check with Castagnoli's polynomial, as in iSCSI (RFC 3720, appendix B.4): the checksum of an
/// event file's records. zlib's CRC-32 has a different polynomial.
package enum CRC32C {
  /// Entry k: the remainder of the byte k; the polynomial's bits are reversed, lowest power first.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0x82F6_3B78) }
  }

  package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      ~bytes.reduce(~0) { remainder, byte in
        remainder >> 8 ^ table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)]
      }
    }
  }
}
