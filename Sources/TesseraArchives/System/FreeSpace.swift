import Foundation

/// How much can still be written to the file system that `path` lies or will lie in, in bytes; `nil` where the system
/// does not tell.
package func freeSpace(at path: String) -> Int? {
  var folder = URL(fileURLWithPath: path).standardizedFileURL
  var statistics = statvfs()
  while statvfs(folder.path, &statistics) != 0 {
    guard errno == ENOENT, folder.path != "/" else { return nil }
    folder.deleteLastPathComponent()
  }
  let (bytes, overflows) = Int(statistics.f_bavail).multipliedReportingOverflow(by: Int(statistics.f_frsize))
  return overflows ? Int.max : bytes
}
