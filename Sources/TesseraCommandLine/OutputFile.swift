import Foundation
import TesseraFiles

/// Writes `text` to `path`, whole or not at all, creating the folders it lies in.
package func writeOutputFile(_ text: String, to path: String) throws {
  let folder = (path as NSString).deletingLastPathComponent
  if !folder.isEmpty { try makeOutputFolder(folder) }
  do {
    try AtomicFile.write([UInt8](text.utf8), to: path)
  } catch {
    throw OutputFileError(path: path, reason: error.reason)
  }
}

/// Checks that a command replaces no other file than one of its own, which it can write again.
///
/// - Parameter isOwn: whether the command wrote the file that is there.
func requireReplaceable(_ path: String, by command: String, _ isOwn: (String) -> Bool) throws(OutputFileError) {
  guard FileKind(of: path) == .file, !isOwn(path) else { return }
  throw OutputFileError(
    path: path, reason: "there is a file that '\(command)' has not written; choose another --to, or remove it")
}

/// A file that cannot be written.
package struct OutputFileError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  package var description: String { "\(path): cannot be written: \(reason)" }
}
