import CImageCodecs
import TesseraTensors

/// The chunks of a PNG file that have one of some types, up to its end or to invalid data; chunks with a wrong checksum
/// are left out.
struct PNGChunks: Sequence, IteratorProtocol {
  struct Chunk {
    let type: String
    let data: ArraySlice<UInt8>
  }

  private let bytes: [UInt8]
  private let types: Set<String>
  private var position = 8

  init(_ bytes: [UInt8], ofTypes types: Set<String>) {
    self.bytes = bytes
    self.types = types
  }

  mutating func next() -> Chunk? {
    // Length, type, data, checksum.
    while position + 12 <= bytes.count {
      let (start, length) = (position + 8, number(at: position))
      guard length <= bytes.count - position - 12 else { return nil }
      let end = start + length
      position = end + 4
      let type = String(decoding: bytes[start - 4..<start], as: UTF8.self)
      guard types.contains(type) else { continue }
      let checksum = bytes.withUnsafeBytes { CRC32.sum(of: UnsafeRawBufferPointer(rebasing: $0[start - 4..<end])) }
      if Int(checksum) == number(at: end) { return Chunk(type: type, data: bytes[start..<end]) }
    }
    return nil
  }

  private func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
}

/// A text in a PNG file.
struct PNGText {
  let keyword: String
  let text: [UInt8]

  /// Longer texts are not the ones of interest.
  private static let limit = 1 << 20

  /// - Parameter chunk: of type `tEXt`, `zTXt` or `iTXt`; `nil` if it does not conform to its type.
  init?(_ chunk: PNGChunks.Chunk) {
    guard let end = chunk.data.firstIndex(of: 0) else { return nil }
    keyword = String(decoding: chunk.data[..<end], as: UTF8.self)
    var (body, isCompressed) = (chunk.data[(end + 1)...], false)
    switch chunk.type {
    case "zTXt":
      // One byte is the compression method; there is only one.
      guard body.popFirst() == 0 else { return nil }
      isCompressed = true
    case "iTXt":
      guard let flag = body.popFirst(), let method = body.popFirst() else { return nil }
      isCompressed = flag != 0
      if isCompressed && method != 0 { return nil }
      // The language and the translated keyword.
      for _ in 0..<2 {
        guard let end = body.firstIndex(of: 0) else { return nil }
        body = body[(end + 1)...]
      }
    default: break
    }
    guard let text = isCompressed ? Self.inflated(body) : Array(body) else { return nil }
    self.text = text
  }

  private static func inflated(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var output = CodecBuffer()
    let isInflated = bytes.withUnsafeBufferPointer { codecInflate($0.baseAddress, $0.count, limit, &output) }
    guard isInflated != 0 else { return nil }
    defer { codecFree(output.bytes) }
    return Array(UnsafeBufferPointer(start: output.bytes, count: output.count))
  }
}
