import CZLIB
import Foundation
import TesseraTensors

/// Writes zip archives as no honest program would: any path, any mode, any claim.
public struct ZipBuilder: Sendable {
  public struct Entry: Sendable {
    let path: String
    let bytes: [UInt8]
    let mode: UInt32
    let isCompressed: Bool
    let claimedSize: Int?
    let claimedChecksum: UInt32?
    let localPath: String?

    /// - Parameters:
    ///   - mode: Unix type and permission bits.
    ///   - claimedSize: what the headers claim instead of the truth.
    ///   - claimedChecksum: what the headers claim instead of the truth.
    ///   - localPath: what the local header has instead of what the table of contents has.
    public init(
      path: String, bytes: [UInt8] = [], mode: UInt32 = 0o100644, isCompressed: Bool = false,
      claimedSize: Int? = nil, claimedChecksum: UInt32? = nil, localPath: String? = nil
    ) {
      (self.path, self.bytes, self.mode, self.isCompressed) = (path, bytes, mode, isCompressed)
      (self.claimedSize, self.claimedChecksum, self.localPath) = (claimedSize, claimedChecksum, localPath)
    }
  }

  let entries: [Entry]
  let missingBytes: Int

  /// - Parameter missingBytes: cuts so many bytes off the end.
  public init(entries: [Entry], missingBytes: Int = 0) {
    (self.entries, self.missingBytes) = (entries, missingBytes)
  }

  public static func with(_ entries: Entry...) -> ZipBuilder { ZipBuilder(entries: entries) }

  public func write(to path: String) throws {
    try Data(bytes().dropLast(missingBytes)).write(to: URL(fileURLWithPath: path))
  }

  public func bytes() -> [UInt8] {
    var file: [UInt8] = []
    var table: [UInt8] = []
    for entry in entries {
      let offset = file.count
      let stored = entry.isCompressed ? Self.deflated(entry.bytes) : entry.bytes
      var checksum = CRC32()
      checksum.add(entry.bytes)
      let crc = entry.claimedChecksum ?? UInt32(checksum.text, radix: 16)!
      let local = Array((entry.localPath ?? entry.path).utf8)
      let listed = Array(entry.path.utf8)
      // Version needed, flags (bit 11: names are UTF-8), method, time and date.
      let common =
        le16(20) + le16(1 << 11) + le16(entry.isCompressed ? 8 : 0) + le16(0) + le16(0x21) + le32(crc)
        + le32(UInt32(stored.count)) + le32(UInt32(entry.claimedSize ?? entry.bytes.count))
      file += le32(0x0403_4B50) + common + le16(local.count) + le16(0) + local + stored
      table += le32(0x0201_4B50) + le16(3 << 8 | 20) + common + le16(listed.count) + le16(0) + le16(0) + le16(0)
      table += le16(0) + le32(entry.mode << 16) + le32(UInt32(offset)) + listed
    }
    let start = file.count
    file += table + le32(0x0605_4B50) + le16(0) + le16(0) + le16(entries.count) + le16(entries.count)
    return file + le32(UInt32(table.count)) + le32(UInt32(start)) + le16(0)
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    return input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        deflate(&stream, Z_FINISH)
        return Array(output.prefix(Int(stream.total_out)))
      }
    }
  }

  private func le16(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }
  private func le32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> ($0 * 8) & 255) } }
}
