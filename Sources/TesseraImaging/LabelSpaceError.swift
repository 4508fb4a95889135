import Foundation

/// Why a list of classes could not be read.
public enum LabelSpaceError: Error, Sendable, Equatable, CustomStringConvertible, LocalizedError {
  /// The system would not hand out the file, or it is not text.
  case unreadable(file: String, reason: String)

  /// Lines that are not as the format asks, counted from 1, each with what is wrong.
  case badLines(file: String, [String])

  /// The file names no class at all.
  case noClasses(file: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): the class names cannot be read: \(reason)"
    case .badLines(let file, let lines): "\(file): \(lines.joined(separator: "; "))"
    case .noClasses(let file): "\(file): names no class; write one name a line, the first line is index 0"
    }
  }

  public var errorDescription: String? { description }
}
