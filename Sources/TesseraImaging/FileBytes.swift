import Foundation
import TesseraTensors

/// Whole files as bytes.
enum FileBytes {
  static func read(_ path: String) throws(ImageError) -> [UInt8] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .unreadable(file: path, reason: "there is no such file")
    }
    if isFolder(path) { throw .unreadable(file: path, reason: "it is a folder") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadable(file: path, reason: "permission denied or the disk failed")
    }
    return [UInt8](data)
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
