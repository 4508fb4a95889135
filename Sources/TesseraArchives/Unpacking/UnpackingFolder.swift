import Foundation
import TesseraFiles

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
    guard let lock = try ArchiveError.writing(try FileLock(file: "\(holder).lock")) else {
      throw .busy(path: destination)
    }
    self.lock = lock
    guard Self.isFree(url.path) else { throw .occupied(path: destination) }
    // The leftovers of a killed process.
    try? FileManager.default.removeItem(atPath: holder)
    try ArchiveError.writing(try makeNewFolder(holder, isPrivate: true))
    try ArchiveError.writing(try makeNewFolder(contents))
  }

  deinit { try? FileManager.default.removeItem(atPath: holder) }

  /// Makes a folder in an existing one.
  func addFolder(_ path: String) throws(ArchiveError) {
    try ArchiveError.writing(try makeNewFolder("\(contents)/\(path)"))
  }

  /// Makes a file, which `body` writes with the function passed to it.
  func addFile(_ path: String, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
    let file = try ArchiveError.writing(try GrowingFile("\(contents)/\(path)", isNew: true))
    try body { bytes in try ArchiveError.writing(try file.append(bytes)) }
    try ArchiveError.writing(try file.close())
  }

  /// Renames the contents to the destination.
  func publish() throws(ArchiveError) {
    do throws(FileError) {
      try renameFile(contents, to: destination)
    } catch {
      throw Self.isFree(destination)
        ? .unwritable(path: destination, reason: error.reason) : .occupied(path: destination)
    }
  }

  /// Whether there is nothing, or an empty folder.
  private static func isFree(_ path: String) -> Bool {
    (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? !isTaken(path)
  }
}
