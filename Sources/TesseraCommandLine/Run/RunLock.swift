import Foundation

/// Holds a run's folder, so that no second trainer writes to it; the system lets go when the process ends, however it
/// ends.
///
/// The lock is on the folder itself and leaves no file behind.
final class RunLock {
  private let descriptor: Int32

  /// - Throws: `OutputFolderError.inUse` where another process holds the folder.
  init(_ folder: String) throws(OutputFolderError) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A file system without such locks cannot protect the folder, which is no reason not to train.
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    close(descriptor)
    throw .inUse(folder)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
