import CArchive
import Foundation
import TesseraFiles

/// A pass through a zip archive, entry by entry, with libarchive.
///
/// Only zip archives are enabled, and they are read through the table of contents at the end of the file: data appended
/// or left between entries are never taken for an entry.
struct ArchiveReader: ~Copyable {
  private let handle: OpaquePointer
  private let file: String
  private let locale = UTF8Locale()
  private var entry = ""

  /// Opens the archive.
  ///
  /// - Throws: `ArchiveError`.
  init(contentsOf path: String) throws(ArchiveError) {
    // libarchive itself would wait for a pipe's writer.
    _ = try ArchiveError.reading(try RegularFile(path))
    guard let handle = archive_read_new() else {
      throw .unreadable(file: path, reason: systemReason(of: ENOMEM))
    }
    archive_read_support_format_zip_seekable(handle)
    guard archive_read_open_filename(handle, path, 1 << 16) == ARCHIVE_OK else {
      let reason = Self.message(of: handle)
      archive_read_free(handle)
      throw .notAnArchive(file: path, reason: reason)
    }
    self.handle = handle
    file = path
  }

  deinit { archive_read_free(handle) }

  /// Moves to the next entry, whether or not the current one was read; `nil` at the end.
  ///
  /// - Throws: `ArchiveError.notAnArchive`, `.damaged`.
  mutating func next() throws(ArchiveError) -> ArchiveEntry? {
    var header: OpaquePointer?
    let status = locale.during { archive_read_next_header(handle, &header) }
    if status == ARCHIVE_EOF { return nil }
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let header else {
      throw .notAnArchive(file: file, reason: Self.message(of: handle))
    }
    guard let path = locale.during({ archive_entry_pathname_utf8(header).flatMap(String.init(validatingCString:)) })
    else {
      throw .notAnArchive(file: file, reason: "an entry's name is neither UTF-8 nor ASCII")
    }
    entry = path
    // A warning says that the local header contradicts the table of contents.
    guard status == ARCHIVE_OK else {
      throw .damaged(file: file, entry: path, reason: Self.message(of: handle))
    }
    let size = archive_entry_size_is_set(header) == 0 ? nil : Int(archive_entry_size(header))
    return ArchiveEntry(path: path, kind: Self.kind(of: header), size: size)
  }

  /// Copies the next bytes of the entry into `buffer` and returns their number: 0 at its end, once its checksum is
  /// verified.
  ///
  /// - Throws: `ArchiveError.damaged`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
    guard count >= 0 else { throw .damaged(file: file, entry: entry, reason: Self.message(of: handle)) }
    return count
  }

  private static func message(of handle: OpaquePointer) -> String {
    archive_error_string(handle).map { String(cString: $0) } ?? "its format is not known"
  }

  private static func kind(of header: OpaquePointer) -> ArchiveEntry.Kind {
    if archive_entry_hardlink(header) != nil { return .hardLink }
    return switch UInt32(archive_entry_filetype(header)) {
    case 0o100000: .file
    case 0o040000: .folder
    case 0o120000: .symbolicLink
    default: .special
    }
  }
}
