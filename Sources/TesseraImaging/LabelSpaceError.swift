import Foundation
import TesseraFiles

/// Why a list of classes could not be read.
public enum LabelSpaceError: UnreadableFileError, Sendable, Equatable, CustomStringConvertible, LocalizedError {
  /// The system could not provide the file, or it is not text.
  case unreadable(file: String, reason: String)

  /// Lines that violate the format, counted from 1, each with what is wrong.
  case badLines(file: String, [String])

  /// The file names no class at all.
  case noClasses(file: String)

  /// Files of one folder that name different classes.
  case disagreement(files: [String])

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): the class names cannot be read: \(reason)"
    case .badLines(let file, let lines):
      "\(file): \(lines.prefix(Self.shown).joined(separator: "; "))"
        + (lines.count > Self.shown ? "; and \(lines.count - Self.shown) more lines" : "")
    case .noClasses(let file): "\(file): names no class; write one name per line; the first line is index 0"
    case .disagreement(let files):
      "\(files.joined(separator: " and ")) name different classes; remove or correct the wrong one"
    }
  }

  private static let shown = 5

  public var errorDescription: String? { description }
}
