import Foundation

/// Whole files as bytes.
enum FileBytes {
  static func read(_ path: String) throws(ImageError) -> [UInt8] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .unreadable(file: path, reason: "there is no such file")
    }
    if isFolder.boolValue { throw .unreadable(file: path, reason: "it is a folder") }
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
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder.boolValue
      throw .unwritable(
        file: path, reason: exists ? error.localizedDescription : "there is no folder \(folder)")
    }
  }
}
