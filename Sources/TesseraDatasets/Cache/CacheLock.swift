import Foundation

/// Lets one process at a time build a cache: an advisory lock on `FILE.lock`, which the system releases however its
/// process ends.
struct CacheLock {
  private let descriptor: Int32

  /// - Parameter waits: called if another process holds the lock, before this one waits for it.
  /// - Throws: `CacheError.unwritable`.
  init(for path: String, waits: () -> Void) throws(CacheError) {
    let name = path + ".lock"
    descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .unwritable(path: name, reason: String(cString: strerror(errno))) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
    if errno == EWOULDBLOCK { waits() }
    while flock(descriptor, LOCK_EX) != 0 {
      if errno == EINTR { continue }
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw .unwritable(path: name, reason: reason)
    }
  }

  func release() { close(descriptor) }
}
