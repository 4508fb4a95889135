import Foundation

/// Holds a run's folder so no second trainer writes to it; the system releases it when the process ends, however it
/// ends.
///
/// The lock is on the folder itself and leaves no file behind. A reader shares it for a moment, and trainers wait
/// for that moment to pass.
final class RunLock: Sendable {
  private let descriptor: Int32
  private static let patience = Duration.seconds(10)

  /// - Throws: `OutputFolderError.inUse` if another process holds the folder.
  init(_ folder: String) throws(OutputFolderError) {
    descriptor = Self.open(folder)
    // A file system without such locks cannot protect the folder, which is no reason not to train.
    guard descriptor >= 0 else { return }
    let end = ContinuousClock.now + Self.patience
    while !Self.lock(descriptor, LOCK_EX) {
      // A lock that is shared for longer is not a reader, but another program's hold on the folder.
      guard Self.lock(descriptor, LOCK_SH), ContinuousClock.now < end else {
        close(descriptor)
        throw .inUse(folder)
      }
      // Somebody is reading, or trying just like this process: of two that try, the one that sleeps less wins.
      flock(descriptor, LOCK_UN)
      usleep(.random(in: 100...3000))
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Whether a trainer holds the folder at this moment.
  static func isHeld(_ folder: String) -> Bool {
    let descriptor = open(folder)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return !lock(descriptor, LOCK_SH)
  }

  private static func open(_ folder: String) -> Int32 {
    Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  }

  /// Whether the lock was taken, or there are no locks on this file system.
  private static func lock(_ descriptor: Int32, _ kind: Int32) -> Bool {
    flock(descriptor, kind | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }
}
