import Foundation
import TesseraImaging

/// The files that `scripts/golden/images.py` made.
enum Golden {
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name)").path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// The expected picture `name.pnm`: binary PGM or PPM, 16-bit samples big-endian.
  static func expected(_ name: String) throws -> Image {
    let content = try bytes("\(name).pnm")
    let lineFeed: UInt8 = 10
    let ends = content.indices.filter { content[$0] == lineFeed }.prefix(3)
    let header = String(decoding: content[..<ends[2]], as: UTF8.self).split { $0.isWhitespace }
    guard header.count == 4, let width = Int(header[1]), let height = Int(header[2]) else {
      throw CocoaError(.fileReadCorruptFile)
    }
    let body = Array(content[(ends[2] + 1)...])
    let samples: Image.Samples =
      header[3] == "65535"
      ? .sixteenBit(stride(from: 0, to: body.count, by: 2).map { UInt16(body[$0]) << 8 | UInt16(body[$0 + 1]) })
      : .eightBit(body)
    return Image(width: width, height: height, channels: header[0] == "P6" ? 3 : 1, samples: samples)
  }
}

/// Copies of a file in which a few bytes behind its signature are random, the same ones in every run.
func damagedCopies(of whole: [UInt8], count: Int, changes: Int, behind signature: Int) -> some Sequence<[UInt8]> {
  var state: UInt64 = 1
  return (0..<count).lazy.map { _ in
    var bytes = whole
    for _ in 0..<changes {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes[signature + Int(state >> 33) % (bytes.count - signature)] = UInt8(truncatingIfNeeded: state >> 20)
    }
    return bytes
  }
}

/// A folder that a test writes to; removed when the value dies.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tessera-imaging-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  var content: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

/// The greatest difference of two pictures' 8-bit samples.
func greatestDifference(_ left: Image, _ right: Image) -> Int {
  zip(left.pixels, right.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
}
