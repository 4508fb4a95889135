import TesseraFiles

/// Whole picture files as bytes.
package enum FileBytes {
  /// Longer than any supported picture, and short enough to fit in memory.
  static let limit = 1 << 30

  /// All bytes of a picture; of a file that is of another kind or too long, only the first are read.
  package static func read(_ path: String) throws(ImageError) -> [UInt8] {
    let file = try ImageError.reading(try RegularFile(path))
    let start = try ImageError.reading(try file.bytes(from: 0, atMost: Signature.length))
    if case .other(let found) = Signature(of: start) { throw .notAPicture(file: path, found: found) }
    guard file.length <= limit else {
      throw .unreadable(file: path, reason: "its \(file.length) bytes are too many for a picture")
    }
    let bytes = try PictureMemory.taking(file.length, for: path) {
      Result { () throws(FileError) in try file.bytes(from: 0, atMost: file.length) }
    }
    return try ImageError.reading(try bytes.get())
  }

  /// Writes next to the target and renames, so that nobody ever sees half a file.
  static func write(_ bytes: [UInt8], to path: String) throws(ImageError) {
    do throws(FileError) {
      try AtomicFile.write(bytes, to: path, isDurable: false)
    } catch {
      throw .unwritable(file: path, reason: error.reason)
    }
  }
}
