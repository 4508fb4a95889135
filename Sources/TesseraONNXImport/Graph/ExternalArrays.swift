import Foundation
import TesseraFiles
import TesseraONNX

/// Arrays that an ONNX file keeps in other files next to it.
///
/// Only files in its own folder are read, and together no more bytes than those files have: entries that overlap could
/// take any amount of memory.
final class ExternalArrays {
  private let folder: URL
  private var files: [String: RegularFile] = [:]
  private var remaining: [String: Int] = [:]

  init(besides path: String) { folder = URL(fileURLWithPath: path).deletingLastPathComponent() }

  /// The bytes of an array, whose shape takes `count`.
  func bytes(of message: Onnx_TensorProto, count: Int) throws(NodeFault) -> [UInt8] {
    let entries = Dictionary(message.externalData.map { ($0.key, $0.value) }) { first, _ in first }
    guard let location = entries["location"] else { throw NodeFault("it names no file for its elements") }
    let offset = try Self.number(entries["offset"] ?? "0", "offset")
    let length = try entries["length"].map { text throws(NodeFault) in try Self.number(text, "length") } ?? count
    guard length == count else { throw NodeFault("it has \(length) bytes, but its shape takes \(count)") }
    let file = try file(at: location)
    guard offset <= file.length, length <= file.length - offset else {
      throw NodeFault(
        "its elements lie at \(offset)..<\(offset) + \(length) of \(location), which ends at \(file.length)")
    }
    guard let left = remaining[location], length <= left else {
      throw NodeFault("its elements in \(location) overlap with those of other arrays")
    }
    remaining[location] = left - length
    do throws(FileError) { return try file.bytes(from: offset, atMost: length) } catch { throw NodeFault("\(error)") }
  }

  private static func number(_ text: String, _ name: String) throws(NodeFault) -> Int {
    guard let number = Int(text), number >= 0 else { throw NodeFault("its \(name) \"\(text)\" is no number of bytes") }
    return number
  }

  private func file(at location: String) throws(NodeFault) -> RegularFile {
    if let file = files[location] { return file }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    let root = folder.resolvingSymlinksInPath().path
    let path = folder.appendingPathComponent(location).resolvingSymlinksInPath().path
    guard !location.isEmpty, !location.hasPrefix("/"), !parts.contains(".."), path.hasPrefix(root + "/") || root == "/"
    else { throw NodeFault("its file \"\(location)\" lies outside the folder of the ONNX file, and is not read") }
    do throws(FileError) {
      let file = try RegularFile(path)
      files[location] = file
      remaining[location] = file.length
      return file
    } catch {
      throw NodeFault("\(error)", missingFile: FileKind(of: path) == nil ? location : nil)
    }
  }
}
