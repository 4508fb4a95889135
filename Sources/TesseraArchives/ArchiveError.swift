import Foundation
import TesseraTensors

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
  /// The entry would be written where or as what no entry may be.
  case unsafeEntry(file: String, entry: String, reason: String)
  /// Two entries would be written to one place, on some file systems at least.
  case collidingEntries(file: String, entry: String, other: String)
  /// It has or unpacks to more than the limits.
  case tooLarge(file: String, reason: String)
  /// The disk has less room than is needed, in bytes.
  case noSpace(path: String, needed: Int, free: Int)
  /// There is something where the archive would be unpacked.
  case occupied(path: String)
  /// Another process is unpacking there.
  case busy(path: String)
  /// The system would not write it.
  case unwritable(path: String, reason: String)
}

extension ArchiveError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .notAnArchive(let file, let reason): "\(file): not a whole zip archive: \(reason)"
    case .damaged(let file, let entry, let reason): "\(file): the entry \(quoted(entry)) is damaged: \(reason)"
    case .duplicateEntry(let file, let entry): "\(file): there are two entries \(quoted(entry))"
    case .noSuchEntry(let file, let entry): "\(file): there is no entry \(quoted(entry))"
    case .notAFile(let file, let entry, let kind):
      "\(file): the entry \(quoted(entry)) is no file but a \(kind.rawValue)"
    case .entryTooLarge(let file, let entry, let limit):
      "\(file): the entry \(quoted(entry)) holds more than \(limit) bytes, and no more are taken"
    case .unsafeEntry(let file, let entry, let reason): "\(file): the entry \(quoted(entry)) is refused: \(reason)"
    case .collidingEntries(let file, let entry, let other):
      "\(file): the entries \(quoted(entry)) and \(quoted(other)) would be written to one place"
    case .tooLarge(let file, let reason): "\(file): is refused: \(reason)"
    case .noSpace(let path, let needed, let free):
      "\(path): there is too little space on the disk: \(byteCount(needed)) are needed and \(byteCount(free)) are free"
    case .occupied(let path): "\(path): there is something already"
    case .busy(let path): "\(path): another process is unpacking there"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    }
  }

  public var errorDescription: String? { description }

  /// A name from an archive, in which nothing can act on a terminal.
  private func quoted(_ name: String) -> String { "'\(name.onOneLine)'" }
}
