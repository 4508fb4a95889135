import Foundation

/// A file that appears under its name whole or not at all.
///
/// Written to a temporary file in the same folder, forced to the disk, then renamed over the name; the folder is forced
/// to the disk as well, so that the new file survives a power failure. On any error the temporary file is removed and
/// what was there before is untouched.
struct AtomicFile {
  private let path: String
  private let descriptor: Int32

  /// Calls `body` with the open file, and publishes it when `body` returns.
  static func write(to path: String, _ body: (borrowing AtomicFile) throws(SafeTensorsError) -> Void)
    throws(SafeTensorsError)
  {
    let folder = (path as NSString).deletingLastPathComponent
    let name = ".\((path as NSString).lastPathComponent).\(UUID().uuidString).tmp"
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
      try file.check(rename(temporary, path))
    } catch {
      unlink(temporary)
      throw error
    }
    synchronize(folder: folder.isEmpty ? "." : folder)
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
