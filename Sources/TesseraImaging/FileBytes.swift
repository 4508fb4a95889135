import TesseraFiles

/// Whole picture files as bytes.
package enum FileBytes {
  /// Longer than any supported picture, and short enough to fit in memory.
  static let limit = 1 << 30

  /// All bytes of a JPEG or PNG; of a file that is of another kind or too long, only the first are read.
  package static func read(_ path: String) throws(ImageError) -> [UInt8] {
    let (file, start): (RegularFile, [UInt8])
    do throws(FileError) {
      file = try RegularFile(path)
      start = try file.bytes(from: 0, atMost: Signature.length)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    if case .other(let found) = Signature(of: start) { throw .notAPicture(file: path, found: found) }
    guard file.length <= limit else {
      throw .unreadable(file: path, reason: "its \(file.length) bytes are too many for a picture")
    }
    let bytes = try PictureMemory.taking(file.length, for: path) {
      Result { try file.bytes(from: 0, atMost: file.length) }
    }
    do {
      return try bytes.get()
    } catch {
      throw .unreadable(file: path, reason: systemReason(of: error))
    }
  }

  /// Writes next to the target and renames, so that nobody ever sees half a file.
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
