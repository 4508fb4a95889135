import Foundation

// What is done with paths, without opening what they lead to.

/// The folder that a path lies in.
func folderPath(of path: String) -> String {
  let folder = (path as NSString).deletingLastPathComponent
  return folder.isEmpty ? "." : folder
}

/// Creates a folder with its parents, unless it is there.
package func makeFolder(_ path: String) throws(FileError) {
  try onFile(path) { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
}

/// Creates a folder in an existing one.
///
/// - Parameter isPrivate: whether it is closed to other users.
package func makeNewFolder(_ path: String, isPrivate: Bool = false) throws(FileError) {
  try onFile(path) { try systemCall { mkdir(path, isPrivate ? 0o700 : 0o777) } }
}

/// Checks that files can be created in a folder.
package func checkWritable(folder path: String) throws(FileError) {
  try onFile(path) { try systemCall { access(path, W_OK | X_OK) } }
}

/// Gives a file or folder another name, whose file or empty folder it replaces; errors name the new path.
package func renameFile(_ path: String, to destination: String) throws(FileError) {
  try onFile(destination) { try systemCall { rename(path, destination) } }
}

/// Removes a file, if it is there and that is allowed.
package func removeFile(_ path: String) { unlink(path) }

/// The free space, in bytes, on the file system where `path` is or will be; `nil` if the system does not say.
package func freeSpace(at path: String) -> Int? {
  var folder = URL(fileURLWithPath: path).standardizedFileURL
  while FileKind(of: folder.path) == nil, folder.path != "/" { folder.deleteLastPathComponent() }
  var statistics = statvfs()
  guard statvfs(folder.path, &statistics) == 0 else { return nil }
  let (bytes, overflows) = Int(statistics.f_bavail).multipliedReportingOverflow(by: Int(statistics.f_frsize))
  return overflows ? Int.max : bytes
}
