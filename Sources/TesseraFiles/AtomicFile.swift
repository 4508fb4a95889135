import Foundation

/// A file that appears under its name whole or not at all.
///
/// Written to a temporary file in the same folder, forced to the disk, then renamed over the name; the folder is forced
/// to the disk as well, so that the new file survives a power failure. On any error the temporary file is removed and
/// what was there before is untouched.
package struct AtomicFile {
  private let path: String
  private let descriptor: Int32

  /// Calls `body` with the open file and publishes it when `body` returns.
  ///
  /// - Parameters:
  ///   - previous: where the replaced file is kept; there is a whole file at `path` at all times.
  ///   - isDurable: whether to wait until it is on disk; not needed for pictures that can be drawn again.
  package static func write(
    to path: String, keepingPreviousAt previous: String? = nil, isDurable: Bool = true,
    _ body: (borrowing AtomicFile) throws(FileError) -> Void
  ) throws(FileError) {
    let folder = (path as NSString).deletingLastPathComponent
    // Short, because the file's own name may already have the maximum length.
    let name = ".\(UUID().uuidString)\(temporaryEnding)"
    let temporary = (folder as NSString).appendingPathComponent(name)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(ofLastCallOn: path) }
    do throws(FileError) {
      let file = AtomicFile(path: path, descriptor: descriptor)
      do throws(FileError) {
        try body(file)
        if isDurable { try file.check(fsync(descriptor)) }
      } catch {
        close(descriptor)
        throw error
      }
      try file.check(close(descriptor))
      if let previous { file.keep(at: previous) }
      try file.check(rename(temporary, path))
    } catch {
      unlink(temporary)
      throw error
    }
    if isDurable { synchronize(folder: folder.isEmpty ? "." : folder) }
  }

  /// Writes a file that contains `bytes`.
  ///
  /// - Throws: `FileError`; whatever was there before is then unchanged.
  package static func write(_ bytes: [UInt8], to path: String, isDurable: Bool = true) throws(FileError) {
    try write(to: path, isDurable: isDurable) { file throws(FileError) in try file.append(bytes) }
  }

  /// Removes what killed writers left in a folder. Nothing may be writing there.
  package static func removeLeftovers(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix(".") && name.hasSuffix(temporaryEnding) {
      unlink((folder as NSString).appendingPathComponent(name))
    }
  }

  private static let temporaryEnding = ".tmp"

  /// Gives the existing file a second name. Where the file system has no hard links, it is moved: a crash before the
  /// new file's rename then leaves it under that name only.
  private func keep(at previous: String) {
    unlink(previous)
    if link(path, previous) != 0 { rename(path, previous) }
  }

  /// Writes `bytes` over those at `offset`.
  package func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
    let written = pwrite(descriptor, bytes.baseAddress!, bytes.count, off_t(offset))
    guard written == bytes.count else { throw FileError(ofWrite: written, to: path) }
  }

  /// Appends `bytes`.
  package func append(_ bytes: [UInt8]) throws(FileError) {
    var fault: FileError?
    bytes.withUnsafeBytes { buffer in
      do throws(FileError) { try append(buffer) } catch { fault = error }
    }
    if let fault { throw fault }
  }

  /// Appends `bytes`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      try check(count)
      done += count
    }
  }

  private func check(_ code: some SignedInteger) throws(FileError) {
    if code < 0 { throw FileError(ofLastCallOn: path) }
  }

  // The file is already in place: a file system that cannot synchronize folders is no reason to report a failure.
  private static func synchronize(folder: String) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
