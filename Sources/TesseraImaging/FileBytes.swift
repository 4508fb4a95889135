import Foundation
import TesseraTensors

/// Whole files as bytes.
enum FileBytes {
  static func read(_ path: String) throws(ImageError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw unreadable(path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw unreadable(path) }
    if status.st_mode & S_IFMT == S_IFDIR { throw .unreadable(file: path, reason: "it is a folder") }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      while count < buffer.count {
        let got = Foundation.read(file, buffer.baseAddress! + count, buffer.count - count)
        if got < 0 { failed = true }
        guard got > 0 else { break }
        count += got
      }
    }
    if failed { throw unreadable(path) }
    return bytes
  }

  /// The error for what the system has just refused.
  private static func unreadable(_ path: String) -> ImageError {
    let reason = errno == ENOENT ? "there is no such file" : String(cString: strerror(errno))
    return .unreadable(file: path, reason: reason)
  }

  /// Writes beside the target and renames, so that nobody ever sees half a file.
  static func write(_ bytes: [UInt8], to path: String) throws(ImageError) {
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      throw .unwritable(
        file: path, reason: isFolder(folder) ? systemReason(of: error) : "there is no folder \(folder)")
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
