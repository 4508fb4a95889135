import Foundation
import TesseraTensors

/// The hidden folder next to a destination in which an archive is unpacked until it is renamed; it is removed with its
/// owner.
final class UnpackingFolder {
  private let destination: String
  /// Closed to other users: nobody can place a link where a file is about to be written.
  private let holder: String
  private let lock: FileLock

  /// Where everything is until it gets the destination's name.
  var contents: String { "\(holder)/contents" }

  /// - Throws: `ArchiveError.occupied` if `destination` holds something; `.busy`; `.unwritable`.
  init(for destination: String) throws(ArchiveError) {
    let url = URL(fileURLWithPath: destination).standardizedFileURL
    self.destination = url.path
    holder = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).unpacking").path
    guard let lock = try FileLock("\(holder).lock") else { throw .busy(path: destination) }
    self.lock = lock
    let held = try? FileManager.default.contentsOfDirectory(atPath: url.path)
    var status = stat()
    guard held?.isEmpty ?? (lstat(url.path, &status) != 0) else { throw .occupied(path: destination) }
    // The leftovers of a killed process.
    try? FileManager.default.removeItem(atPath: holder)
    try Self.make(holder, 0o700)
    try Self.make(contents, 0o777)
  }

  deinit { try? FileManager.default.removeItem(atPath: holder) }

  /// Makes a folder in an existing one.
  func addFolder(_ path: String) throws(ArchiveError) { try Self.make("\(contents)/\(path)", 0o777) }

  /// Makes a file, which `body` writes with the function passed to it.
  func addFile(_ path: String, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
    let path = "\(contents)/\(path)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.unwritable(path) }
    do {
      try body { bytes in
        var done = 0
        while done < bytes.count {
          let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
          if count < 0 && errno == EINTR { continue }
          guard count >= 0 else { throw Self.unwritable(path) }
          done += count
        }
      }
    } catch {
      close(descriptor)
      throw error
    }
    // Some file systems report a full disk only here.
    guard close(descriptor) == 0 else { throw Self.unwritable(path) }
  }

  /// Renames the contents to the destination.
  func publish() throws(ArchiveError) {
    guard rename(contents, destination) == 0 else {
      if errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR { throw .occupied(path: destination) }
      throw Self.unwritable(destination)
    }
  }

  private static func make(_ path: String, _ mode: mode_t) throws(ArchiveError) {
    guard mkdir(path, mode) == 0 else { throw unwritable(path) }
  }

  private static func unwritable(_ path: String) -> ArchiveError {
    .unwritable(path: path, reason: String(cString: strerror(errno)))
  }
}
