import Foundation
import TesseraFiles

/// A folder beside the system's other temporary ones, for this process only.
///
/// While the process lives it holds the folder by a lock, which ends with it, however it ends; so what killed processes
/// have left is known by its name without a lock, and removed when the next one makes such a folder.
struct ScratchFolder {
  let path: String
  private let lock: FileLock?

  /// - Parameter purpose: a part of its name; leftovers are looked for by it.
  /// - Throws: `OutputFolderError`.
  init(for purpose: String) throws(OutputFolderError) {
    let (parent, start) = (RegularFile.temporaryFolder, "tessera-\(purpose)-")
    for name in (try? FolderContents(of: parent))?.folders ?? [] where name.hasPrefix(start) {
      let former = "\(parent)/\(name)"
      if !FileLock.isHeld(folder: former) { try? FileManager.default.removeItem(atPath: former) }
    }
    let name = start + UUID().uuidString
    path = "\(parent)/\(name)"
    // Nobody may find it without its lock.
    let hidden = "\(parent)/.\(name)"
    try makeOutputFolder(hidden)
    lock = FileLock(folder: hidden)
    do throws(FileError) {
      try renameFile(hidden, to: path)
    } catch {
      throw .cannotMake(path, reason: error.reason)
    }
  }

  func remove() {
    withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: path) }
  }
}
