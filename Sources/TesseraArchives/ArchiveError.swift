import Foundation

/// Why an archive cannot be read or unpacked.
public enum ArchiveError: Error, Equatable, Sendable {
  /// The system would not open or read the file.
  case unreadable(file: String, reason: String)
  /// The file is no archive of a kind that is read, or its table of contents is damaged.
  case notAnArchive(file: String, reason: String)
  /// The entry's bytes are damaged: they cannot be decompressed, or do not give the checksum that the archive has.
  case damaged(file: String, entry: String, reason: String)
  /// Two entries have one path.
  case duplicateEntry(file: String, entry: String)
  /// There is no entry of this path.
  case noSuchEntry(file: String, entry: String)
  /// The entry is no regular file.
  case notAFile(file: String, entry: String, kind: ArchiveEntry.Kind)
  /// The entry holds more bytes than the caller takes.
  case entryTooLarge(file: String, entry: String, limit: Int)
}

extension ArchiveError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .notAnArchive(let file, let reason): "\(file): not a whole zip archive: \(reason)"
    case .damaged(let file, let entry, let reason): "\(file): the entry '\(entry)' is damaged: \(reason)"
    case .duplicateEntry(let file, let entry): "\(file): there are two entries '\(entry)'"
    case .noSuchEntry(let file, let entry): "\(file): there is no entry '\(entry)'"
    case .notAFile(let file, let entry, let kind): "\(file): the entry '\(entry)' is no file but a \(kind.rawValue)"
    case .entryTooLarge(let file, let entry, let limit):
      "\(file): the entry '\(entry)' holds more than \(limit) bytes, and no more are taken"
    }
  }

  public var errorDescription: String? { description }
}
