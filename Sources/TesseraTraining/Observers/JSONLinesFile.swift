import Foundation
import TesseraFiles
import TesseraTensors

/// A file of JSON objects, one a line, each on the disk as soon as it is written.
final class JSONLinesFile {
  private let path: String
  private var file: FileHandle
  private var isRestored = false
  private let encoder = JSONEncoder()

  /// - Parameter path: a new file, or that of a run that is resumed.
  /// - Throws: `TrainingError.unwritable`.
  init(path: String) throws(TrainingError) {
    self.path = path
    file = try Self.open(path)
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// All lines so far.
  var bytes: [UInt8] {
    get throws(TrainingError) {
      do {
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      } catch {
        throw .unwritable(path: path, reason: systemReason(of: error))
      }
    }
  }

  /// Goes back to the lines that were there when a run was saved.
  func restore(_ bytes: [UInt8]) throws(TrainingError) {
    try attempt { try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic) }
    file = try Self.open(path)
    isRestored = true
  }

  /// Empties the file, unless its lines were restored.
  func begin() throws(TrainingError) {
    if !isRestored { try attempt { try file.truncate(atOffset: 0) } }
  }

  func append(_ line: some Encodable) throws {
    let bytes = try encoder.encode(line) + Data("\n".utf8)
    try attempt { try file.write(contentsOf: bytes) }
  }

  private func attempt(_ body: () throws -> Void) throws(TrainingError) {
    do { try body() } catch { throw .unwritable(path: path, reason: systemReason(of: error)) }
  }

  private static func open(_ path: String) throws(TrainingError) -> FileHandle {
    let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}
