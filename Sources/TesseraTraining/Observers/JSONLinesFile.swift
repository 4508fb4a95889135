import Foundation
import TesseraFiles

/// A file of JSON objects, one per line, each on disk as soon as it is written.
///
/// A line for which the disk has no room waits in memory, and is written with the next one.
final class JSONLinesFile {
  private let path: String
  private var file: GrowingFile
  private var waiting: [UInt8] = []
  private var isRestored = false
  private let encoder = JSONEncoder()

  /// - Parameter path: a new file, whose folder is created if missing, or the file of a resumed run.
  /// - Throws: `TrainingError.unwritable`.
  init(path: String) throws(TrainingError) {
    self.path = path
    try TrainingError.writing(try makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path))
    file = try TrainingError.writing(try GrowingFile(path))
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// All lines so far.
  var bytes: [UInt8] {
    get throws(TrainingError) { try TrainingError.writing(try file.bytes()) + waiting }
  }

  /// Goes back to the lines that were there when a run was saved.
  func restore(_ bytes: [UInt8]) throws(TrainingError) {
    try TrainingError.writing(try AtomicFile.write(bytes, to: path))
    file = try TrainingError.writing(try GrowingFile(path))
    isRestored = true
  }

  /// Empties the file, unless its lines were restored.
  func begin() throws(TrainingError) {
    if !isRestored { try TrainingError.writing(try file.removeAll()) }
  }

  /// - Throws: `PostponedError` if the line has to wait.
  func append(_ line: some Encodable) throws {
    waiting += try encoder.encode(line) + Data("\n".utf8)
    do { try finish() } catch { throw PostponedError(error) }
  }

  /// Writes the lines that wait.
  ///
  /// - Throws: `TrainingError.unwritable`.
  func finish() throws(TrainingError) {
    if waiting.isEmpty { return }
    try TrainingError.writing(try file.append(waiting))
    waiting = []
  }
}
