import Foundation
internal import SystemPackage

/// Holds a name or a folder against other processes: an advisory lock (`flock`), which the system releases when its
/// process ends, however it ends.
///
/// A file system without such locks cannot protect anything, which is no reason to fail: everything is granted.
package final class FileLock: Sendable {
  /// `nil` if the folder cannot be opened.
  private let file: OpenFile?
  /// The file that is removed with its holder.
  private let path: String?

  /// How long a folder that is looked at is waited for.
  private static let patience = Duration.seconds(10)

  /// Holds a file that exists only to be held; it is removed with its last holder.
  ///
  /// - Parameter waits: called if another process holds it, before this one waits for it; if `nil`, it does not wait.
  /// - Returns: `nil` if another process holds it.
  package init?(file path: String, waits: (() -> Void)? = nil) throws(FileError) {
    var isWaiting = false
    while true {
      let file = try OpenFile(path, .readWrite, [.create, .noFollow])
      if !file.lock(LOCK_EX | LOCK_NB) {
        guard let waits else { return nil }
        if !isWaiting { waits() }
        isWaiting = true
        file.lock(LOCK_EX)
      }
      // The last holder may have removed the file between the two calls: this would then be a lock on nothing.
      if file.isStill(at: path) {
        self.file = file
        self.path = path
        return
      }
    }
  }

  /// Holds a folder itself, which leaves no file behind.
  ///
  /// A process that looks shares the lock for a moment (``isHeld(folder:)``), which is waited for.
  /// - Returns: `nil` if another process holds it.
  package init?(folder: String) {
    path = nil
    file = Self.open(folder)
    guard let file else { return }
    let end = ContinuousClock.now + Self.patience
    while !file.lock(LOCK_EX | LOCK_NB) {
      // A lock that is shared for longer is not a reader, but another program's hold on the folder.
      guard file.lock(LOCK_SH | LOCK_NB), ContinuousClock.now < end else { return nil }
      // Somebody is reading, or trying just like this process: of two that try, the one that sleeps less wins.
      file.lock(LOCK_UN)
      usleep(.random(in: 100...3000))
    }
  }

  deinit {
    if let path { removeFile(path) }
  }

  /// Whether a process holds the folder at this moment.
  package static func isHeld(folder: String) -> Bool { open(folder)?.lock(LOCK_SH | LOCK_NB) == false }

  private static func open(_ folder: String) -> OpenFile? { try? OpenFile(folder, .readOnly, .directory) }
}

extension OpenFile {
  /// Whether the lock was taken, or there are no locks on this file system.
  @discardableResult
  fileprivate func lock(_ operation: CInt) -> Bool {
    do {
      try systemCall { flock(descriptor.rawValue, operation) }
      return true
    } catch { return error != .wouldBlock }
  }

  fileprivate func isStill(at path: String) -> Bool {
    guard let opened = try? descriptor.stat(), let named = try? Stat(path, followTargetSymlink: false) else {
      return false
    }
    return opened.inode == named.inode && opened.deviceID == named.deviceID
  }
}
