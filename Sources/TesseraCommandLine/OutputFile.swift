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

/// A file that cannot be written.
package struct OutputFileError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  package var description: String { "\(path): cannot be written: \(reason)" }
}
