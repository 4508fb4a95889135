extension ArchiveFile {
  /// Calls `body` with the bytes of the file at `path`, piece by piece, so that it is never in memory as a whole.
  ///
  /// Once it returns, the checksum has been verified; bytes that `body` gets before that may be wrong.
  /// - Throws: `ArchiveError`.
  public func withPieces(
    of path: String, pieceSize: Int = 1 << 20, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(ArchiveError) {
    guard let listed = entry(at: path) else { throw .noSuchEntry(file: self.path, entry: path) }
    guard listed.kind == .file else { throw .notAFile(file: self.path, entry: path, kind: listed.kind) }
    var reader = try ArchiveReader(contentsOf: self.path)
    repeat {
      guard let next = try reader.next() else {
        throw .damaged(file: self.path, entry: path, reason: "the file has changed since it was opened")
      }
      if next == listed { break }
    } while true
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
    defer { piece.deallocate() }
    var total = 0
    while true {
      let count = try reader.read(into: piece)
      if count == 0 { return }
      total += count
      guard total <= listed.size ?? .max else {
        throw .damaged(file: self.path, entry: path, reason: "it holds more bytes than its header says")
      }
      body(UnsafeRawBufferPointer(rebasing: piece[..<count]))
    }
  }
}
