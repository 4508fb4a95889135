import Foundation

/// A file that appears under its name whole or not at all.
///
/// Written to a temporary file in the same folder, forced to the disk, then renamed over the name; the folder is forced
/// to the disk as well, so that the new file survives a power failure. On any error the temporary file is removed and
/// what was there before is untouched.
package struct AtomicFile {
  private let path: String
  private let descriptor: Int32

  /// Calls `body` with the open file, and publishes it when `body` returns.
  ///
  /// - Parameter previous: where the file that is replaced stays; there is a whole file at `path` all the time.
  static func write(
    to path: String, keepingPreviousAt previous: String? = nil,
    _ body: (borrowing AtomicFile) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    let folder = (path as NSString).deletingLastPathComponent
    let name = ".\((path as NSString).lastPathComponent).\(UUID().uuidString)\(temporaryEnding)"
    let temporary = (folder as NSString).appendingPathComponent(name)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(file: path, reason: systemErrorMessage()) }
    do throws(SafeTensorsError) {
      let file = AtomicFile(path: path, descriptor: descriptor)
      do throws(SafeTensorsError) {
        try body(file)
        try file.check(fsync(descriptor))
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
    synchronize(folder: folder.isEmpty ? "." : folder)
  }

  /// Writes a file of `bytes`.
  package static func write(_ bytes: [UInt8], to path: String) throws(SafeTensorsError) {
    try write(to: path) { file throws(SafeTensorsError) in
      try bytes.withBytes { bytes throws(SafeTensorsError) in try file.append(bytes) }
    }
  }

  /// Removes what writers that were killed left in a folder. Nobody may be writing there.
  static func removeLeftovers(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix(".") && name.hasSuffix(temporaryEnding) {
      unlink((folder as NSString).appendingPathComponent(name))
    }
  }

  private static let temporaryEnding = ".tmp"

  /// Gives the present file a second name. Where the file system has no such names it is moved: a crash before the
  /// new file's rename then leaves it under that name only.
  private func keep(at previous: String) {
    unlink(previous)
    if link(path, previous) != 0 { rename(path, previous) }
  }

  /// Writes `bytes` over those at `offset`.
  func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SafeTensorsError) {
    try check(pwrite(descriptor, bytes.baseAddress!, bytes.count, off_t(offset)))
  }

  /// Appends `bytes`.
  func append(_ bytes: UnsafeRawBufferPointer) throws(SafeTensorsError) {
    var done = 0
    while done < bytes.count {
      let count = Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      try check(count)
      done += count
    }
  }

  private func check(_ code: some SignedInteger) throws(SafeTensorsError) {
    if code < 0 { throw .unwritable(file: path, reason: systemErrorMessage()) }
  }

  // The file is already in place: a file system that cannot synchronize folders is no reason to call it unwritten.
  private static func synchronize(folder: String) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
