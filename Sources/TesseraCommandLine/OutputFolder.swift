import Foundation
import TesseraFiles

/// Creates the folder that a program writes to, with its parents; an existing one is used as it is.
///
/// - Throws: `OutputFolderError`.
package func makeOutputFolder(_ path: String) throws(OutputFolderError) {
  switch FileKind(of: path) {
  case nil:
    do throws(FileError) { try makeFolder(path) } catch { throw .cannotMake(path, reason: error.reason) }
  case .folder:
    do throws(FileError) { try checkWritable(folder: path) } catch { throw .notWritable(path, reason: error.reason) }
  default: throw .notAFolder(path)
  }
}

/// Why a folder cannot be written to.
package enum OutputFolderError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// It holds these files of a run.
  case holdsRun(String, [String])
  /// It holds no run to resume.
  case holdsNoRun(String)
  /// Another process trains there.
  case inUse(String)
  case notAFolder(String)
  case cannotMake(String, reason: String)
  case notWritable(String, reason: String)

  package var description: String {
    switch self {
    case .holdsRun(let path, let files):
      "\(path) already holds a run (\(files.joined(separator: ", "))); choose another --output, or continue it with "
        + "--resume"
    case .holdsNoRun(let path): "\(path) holds no run to resume (no config.json); start one without --resume"
    case .inUse(let path):
      "another trainer is writing to \(path); wait until it ends, or choose another --output"
    case .notAFolder(let path): "\(path) is a file, not a folder; choose another --output"
    case .cannotMake(let path, let reason): "the folder \(path) cannot be created: \(reason)"
    case .notWritable(let path, let reason):
      "\(path) cannot be written to: \(reason); choose another --output"
    }
  }
  package var errorDescription: String? { description }
}
