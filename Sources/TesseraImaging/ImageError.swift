import Foundation

/// Why a picture could not be read or written.
public enum ImageError: Error, Sendable, Equatable {
  /// The system would not hand out the file's bytes.
  case unreadable(file: String, reason: String)

  /// The file is neither JPEG nor PNG; `found` says what it looks like.
  case notAPicture(file: String, found: String)

  /// The file ends before its picture does.
  case truncated(file: String)

  /// The decoder's complaint about the file's contents.
  case damaged(file: String, reason: String)

  /// More pixels than ``Image/pixelLimit``.
  case tooLarge(file: String, width: Int, height: Int)

  /// A valid file of a kind that is not read, or a name whose ending is not known.
  case unsupported(file: String, reason: String)

  /// The picture could not be encoded, or the system would not take the file.
  case unwritable(file: String, reason: String)
}

extension ImageError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .notAPicture(let file, let found):
      "\(file): is not a JPEG or PNG picture but \(found); convert it or remove it"
    case .truncated(let file):
      "\(file): the file ends before its picture does; copy or download it again"
    case .damaged(let file, let reason):
      "\(file): the file is damaged (\(reason)); copy or download it again"
    case .tooLarge(let file, let width, let height):
      "\(file): \(width) x \(height) pixels are more than the limit of \(Image.pixelLimit); scale the picture down"
    case .unsupported(let file, let reason):
      "\(file): \(reason)"
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason)"
    }
  }

  public var errorDescription: String? { description }
}
