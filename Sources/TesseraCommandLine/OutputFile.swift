import Foundation
import TesseraFiles
import TesseraTensors

/// Writes `text` to `path`, whole or not at all, with the folders that it lies in.
public func writeOutputFile(_ text: String, to path: String) throws {
  let folder = (path as NSString).deletingLastPathComponent
  if !folder.isEmpty { try makeOutputFolder(folder) }
  do {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw OutputFileError(path: path, reason: systemReason(of: error))
  }
}

/// A file that cannot be written.
public struct OutputFileError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  public var description: String { "\(path): cannot be written: \(reason)" }
}
