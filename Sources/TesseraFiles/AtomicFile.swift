import Foundation

/// A file that appears under its name whole or not at all.
///
/// It is written to a temporary file in the same folder, forced to the disk, then renamed over the name; the folder is
/// forced to the disk as well, so that the new file survives a power failure. Unless it is published, the temporary
/// file is removed with its owner, and what was there before is untouched.
package final class AtomicFile {
  private let path: String
  private let temporary: String
  private let file: OpenFile
  private var isPublished = false

  /// - Parameter temporary: the name until then, of which a leftover is replaced; by default a new hidden one.
  package init(_ path: String, writtenAs temporary: String? = nil) throws(FileError) {
    self.path = path
    // Short, because the file's own name may already have the maximum length.
    let folder = (path as NSString).deletingLastPathComponent as NSString
    self.temporary = temporary ?? folder.appendingPathComponent(".\(UUID().uuidString)\(Self.temporaryEnding)")
    // Never opened, as it could be a pipe.
    if let temporary { removeFile(temporary) }
    file = try OpenFile(self.temporary, .writeOnly, [.create, .exclusiveCreate], named: path)
  }

  deinit {
    if !isPublished { removeFile(temporary) }
  }

  /// Writes a file that contains `bytes`.
  ///
  /// - Throws: `FileError`; whatever was there before is then unchanged.
  package static func write(_ bytes: [UInt8], to path: String, isDurable: Bool = true) throws(FileError) {
    let file = try AtomicFile(path)
    try file.append(bytes)
    try file.publish(isDurable: isDurable)
  }

  /// Removes what killed writers left in a folder. Nothing may be writing there.
  package static func removeLeftovers(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix(".") && name.hasSuffix(temporaryEnding) {
      removeFile((folder as NSString).appendingPathComponent(name))
    }
  }

  private static let temporaryEnding = ".tmp"

  /// Appends `bytes`.
  package func append(_ bytes: [UInt8]) throws(FileError) { try bytes.withBytes(append) }

  /// Appends `bytes`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) { try file.append(bytes) }

  /// Writes `bytes` over those at `offset`.
  package func replace(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    try bytes.withBytes { bytes throws(FileError) in try file.write(bytes, at: offset) }
  }

  /// Gives the file its name.
  ///
  /// - Parameters:
  ///   - previous: where the replaced file is kept; there is a whole file at the path at all times.
  ///   - isDurable: whether to wait until it is on disk; not needed for pictures that can be drawn again.
  package func publish(keepingPreviousAt previous: String? = nil, isDurable: Bool = true) throws(FileError) {
    if isDurable { try file.synchronize() }
    try file.close()
    if let previous { keep(at: previous) }
    try renameFile(temporary, to: path)
    isPublished = true
    // The file is already in place: a file system that cannot synchronize folders is no reason to report a failure.
    if isDurable { try? OpenFile(folderPath(of: path), .readOnly).synchronize() }
  }

  /// Gives the existing file a second name. Where the file system has no hard links, it is moved: a crash before the
  /// new file's rename then leaves it under that name only.
  private func keep(at previous: String) {
    removeFile(previous)
    if link(path, previous) != 0 { try? renameFile(path, to: previous) }
  }
}
