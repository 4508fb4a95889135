import TesseraFiles

/// Whole files of pictures and lists as bytes.
package enum FileBytes {
  /// Longer than any picture or list that is read, and short enough to be in memory.
  static let limit = 1 << 30

  package static func read(_ path: String) throws(ImageError) -> [UInt8] {
    do throws(FileError) {
      return try RegularFile.bytes(of: path, atMost: limit)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
  }

  /// Writes beside the target and renames, so that nobody ever sees half a file.
  static func write(_ bytes: [UInt8], to path: String) throws(ImageError) {
    do throws(FileError) {
      try AtomicFile.write(bytes, to: path, isDurable: false)
    } catch {
      let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : "."
      throw .unwritable(
        file: path, reason: folder.isEmpty || isFolder(folder) ? error.reason : "there is no folder \(folder)")
    }
  }
}
