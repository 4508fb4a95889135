import Foundation
import TesseraFiles
import TesseraTensors

/// Why an archive cannot be read or unpacked.
public enum ArchiveError: Error, Equatable, Sendable {
  /// The system could not open or read the file.
  case unreadable(file: String, reason: String)
  /// The file is not an archive of a supported kind, or its table of contents is damaged.
  case notAnArchive(file: String, reason: String)
  /// The entry's bytes are damaged: they cannot be decompressed, or do not match the checksum in the archive.
  case damaged(file: String, entry: String, reason: String)
  /// Two entries have the same path.
  case duplicateEntry(file: String, entry: String)
  /// There is no entry at this path.
  case noSuchEntry(file: String, entry: String)
  /// The entry is not a regular file.
  case notAFile(file: String, entry: String, kind: ArchiveEntry.Kind)
  /// The entry holds more bytes than the caller accepts.
  case entryTooLarge(file: String, entry: String, limit: Int)
  /// The entry would be written where, or as something that, no entry may be.
  case unsafeEntry(file: String, entry: String, reason: String)
  /// Two entries would be written to the same place, at least on some file systems.
  case collidingEntries(file: String, entry: String, other: String)
  /// The archive has, or unpacks to, more than the limits allow.
  case tooLarge(file: String, reason: String)
  /// The disk has less space than is needed, in bytes.
  case noSpace(path: String, needed: Int, free: Int)
  /// Something already exists where the archive would be unpacked.
  case occupied(path: String)
  /// Another process is unpacking there.
  case busy(path: String)
  /// The system could not write it.
  case unwritable(path: String, reason: String)
}

extension ArchiveError: UnreadableFileError, UnwritableFileError, CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .notAnArchive(let file, let reason): "\(file): not a complete zip archive: \(reason)"
    case .damaged(let file, let entry, let reason): "\(file): the entry \(quoted(entry)) is damaged: \(reason)"
    case .duplicateEntry(let file, let entry): "\(file): there are two entries \(quoted(entry))"
    case .noSuchEntry(let file, let entry): "\(file): there is no entry \(quoted(entry))"
    case .notAFile(let file, let entry, let kind):
      "\(file): the entry \(quoted(entry)) is not a file but a \(kind.rawValue)"
    case .entryTooLarge(let file, let entry, let limit):
      "\(file): the entry \(quoted(entry)) holds more than \(limit) bytes, which is the limit"
    case .unsafeEntry(let file, let entry, let reason): "\(file): the entry \(quoted(entry)) is refused: \(reason)"
    case .collidingEntries(let file, let entry, let other):
      "\(file): the entries \(quoted(entry)) and \(quoted(other)) would be written to the same place"
    case .tooLarge(let file, let reason): "\(file): is refused: \(reason)"
    case .noSpace(let path, let needed, let free):
      "\(path): there is too little space on the disk: \(byteCount(needed)) are needed and \(byteCount(free)) are free"
    case .occupied(let path): "\(path): something is already there"
    case .busy(let path): "\(path): another process is unpacking there"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    }
  }

  public var errorDescription: String? { description }

  /// A name from an archive, made safe for a terminal.
  private func quoted(_ name: String) -> String { "'\(name.onOneLine)'" }
}
