import Foundation
import Hummingbird

extension Encodable {
  /// The value as JSON, its keys in alphabetical order.
  var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only numbers that are not finite have no JSON, and no answer has any.
    return Array((try? encoder.encode(self)) ?? Data())
  }
}

extension ResponseBody {
  /// A value as JSON.
  init(json value: some Encodable) { self.init(byteBuffer: ByteBuffer(bytes: value.json)) }

  /// Bytes in pieces: the next is sent when the client has read most of the last, so one that reads slowly is told from
  /// one that does not read.
  init(pieces bytes: [UInt8]) {
    self.init(contentLength: bytes.count) { writer in
      var rest = ByteBuffer(bytes: bytes)
      while rest.readableBytes > 0, let piece = rest.readSlice(length: min(1 << 16, rest.readableBytes)) {
        try await writer.write(piece)
      }
      try await writer.finish(nil)
    }
  }
}
