import Foundation
import TesseraFiles

/// Why a picture could not be read or written.
public enum ImageError: Error, Sendable, Equatable {
  /// The system could not provide the file's bytes.
  case unreadable(file: String, reason: String)

  /// The file is of no format that is read; `found` says what it looks like.
  case notAPicture(file: String, found: String)

  /// The file ends before its picture does.
  case truncated(file: String)

  /// The decoder's complaint about the file's contents.
  case damaged(file: String, reason: String)

  /// More pixels than `limit`, which is ``Image/pixelLimit`` unless the caller asked for less.
  case tooLarge(file: String, width: Int, height: Int, limit: Int)

  /// A valid file of an unsupported kind, or a name with an unknown extension.
  case unsupported(file: String, reason: String)

  /// The picture could not be encoded, or the system could not write the file.
  case unwritable(file: String, reason: String)
}

extension ImageError: PictureFault, UnreadableFileError, CustomStringConvertible, LocalizedError {
  package var file: String {
    switch self {
    case .unreadable(let file, _), .notAPicture(let file, _), .truncated(let file), .damaged(let file, _),
      .tooLarge(let file, _, _, _), .unsupported(let file, _), .unwritable(let file, _):
      file
    }
  }

  package var reason: String {
    switch self {
    case .unreadable(_, let reason):
      "cannot be read: \(reason)"
    case .notAPicture(_, let found):
      "is not a \(FileFormat.names) picture but \(found); \(Signature.remedy(for: found))"
    case .truncated:
      "the file ends before its picture does; copy or download it again"
    case .damaged(_, let reason):
      "the file is damaged (\(reason)); copy or download it again"
    case .tooLarge(_, let width, let height, let limit):
      "\(width) x \(height) pixels are more than the limit of \(limit); scale the picture down"
    case .unsupported(_, let reason):
      reason
    case .unwritable(_, let reason):
      "cannot be written: \(reason)"
    }
  }

  public var description: String { "\(file): \(reason)" }
  public var errorDescription: String? { description }
}
