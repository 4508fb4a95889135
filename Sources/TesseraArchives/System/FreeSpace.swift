import Foundation

/// The free space, in bytes, on the file system where `path` is or will be; `nil` if the system does not say.
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
