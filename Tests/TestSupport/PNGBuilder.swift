import CZLIB
import TesseraTensors

/// Writes PNG files as Tessera's own encoder does not: with alpha, with any chunks, and with pixels that nothing needs
/// to know.
public enum PNGBuilder {
  /// - Parameters:
  ///   - samples: `[height, width, channels]`, big-endian where `bitDepth` is 16.
  ///   - channels: 1 grey, 2 grey and alpha, 3 colors, 4 colors and alpha.
  ///   - before: chunks between the header and the pixels.
  public static func bytes(
    width: Int, height: Int, channels: Int, bitDepth: Int = 8, samples: [UInt8], before: [UInt8] = []
  ) -> [UInt8] {
    let colorType: UInt8 = [0, 4, 2, 6][channels - 1]
    let header = bigEndian(width) + bigEndian(height) + [UInt8(bitDepth), colorType, 0, 0, 0]
    let stride = width * channels * bitDepth / 8
    let rows = (0..<height).flatMap { [0] + samples[$0 * stride..<($0 + 1) * stride] }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + before
      + chunk("IDAT", deflated(rows)) + chunk("IEND", [])
  }

  /// A chunk with its length and checksum.
  public static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    return bigEndian(data.count) + body + bigEndian(Int(body.withUnsafeBytes(CRC32.sum)))
  }

  /// zlib data, compressed.
  public static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(uLong(bytes.count))
    var output = [UInt8](repeating: 0, count: Int(count))
    compress(&output, &count, bytes, uLong(bytes.count))
    return Array(output.prefix(Int(count)))
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
