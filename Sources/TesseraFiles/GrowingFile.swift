/// A file that grows piece by piece; a piece for which there is no room leaves no trace.
package final class GrowingFile {
  private let file: OpenFile
  /// Bytes up to the last whole piece.
  package private(set) var length: Int
  /// Whether part of a piece may follow them.
  private var isTorn = false

  /// Opens or creates the file at `path`; opening a pipe or a device is an error and never waits.
  ///
  /// - Parameter isNew: whether an existing file is an error, and so is a link.
  package init(_ path: String, isNew: Bool = false) throws(FileError) {
    file = try OpenFile(path, .readWrite, isNew ? [.create, .append, .exclusiveCreate] : [.create, .append])
    length = try file.length()
  }

  /// Returns all bytes, even if the file's name has been removed.
  package func bytes() throws(FileError) -> [UInt8] { try file.bytes(from: 0, count: length) }

  /// Appends all of `bytes`, or nothing.
  package func append(_ bytes: [UInt8]) throws(FileError) { try bytes.withBytes(append) }

  /// Appends all of `bytes`, or nothing.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try removeTornPiece()
    do throws(FileError) {
      try file.append(bytes)
    } catch {
      isTorn = true
      try? removeTornPiece()
      throw error
    }
    length += bytes.count
  }

  private func removeTornPiece() throws(FileError) {
    guard isTorn else { return }
    try file.resize(to: length)
    isTorn = false
  }

  /// Forgets everything.
  package func removeAll() throws(FileError) {
    try file.resize(to: 0)
    length = 0
  }

  /// Waits until everything is on disk.
  package func synchronize() throws(FileError) { try file.synchronize() }

  /// Closes it before its owner ends: some file systems report a full disk only then.
  package func close() throws(FileError) { try file.close() }
}
