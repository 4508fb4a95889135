import Foundation

/// Holds a name for one process: an advisory lock (`flock`) on a file. The system releases it however its process ends,
/// and the file is removed with the last holder.
package final class FileLock {
  private let path: String
  private let descriptor: Int32

  /// - Returns: `nil` if another process holds the lock.
  /// - Throws: `ArchiveError.unwritable`.
  package init?(_ path: String) throws(ArchiveError) {
    self.path = path
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
      guard file >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
      // A file system without locks cannot protect the name, which is no reason to fail.
      if flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
        close(file)
        return nil
      }
      // The previous holder may have removed the file between the two calls: this would then be a lock on nothing.
      if Self.isSame(file, path) {
        descriptor = file
        return
      }
      close(file)
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino
      && opened.st_dev == named.st_dev
  }
}
