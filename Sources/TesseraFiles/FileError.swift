import Foundation

/// Why the system, or a rule of Tessera's, refuses a file.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible, LocalizedError {
  /// The path, as given.
  public let path: String
  /// The reason, in the system's words where the system refuses: "Permission denied".
  public let reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// The error of the system call that has just failed.
  package init(ofLastCallOn path: String) { self.init(path: path, reason: lastSystemReason()) }

  /// The error of a write that took fewer bytes than it was given: the system says why only when it took none.
  package init(ofWrite count: Int, to path: String) {
    if count < 0 { self.init(ofLastCallOn: path) } else { self.init(path: path, reason: String(cString: strerror(ENOSPC))) }
  }

  public var description: String { "\(path): \(reason)" }
  public var errorDescription: String? { description }
}

/// Why the last system call failed, in the system's words.
package func lastSystemReason() -> String {
  errno == ENOENT ? "there is no such file" : String(cString: strerror(errno))
}

/// Why the system refused a file, in its own words ("Permission denied"): the error underneath Foundation's wrapping.
package func systemReason(of error: any Error) -> String {
  if let error = error as? FileError { return error.reason }
  var innermost = error as NSError
  while let inner = innermost.userInfo[NSUnderlyingErrorKey] as? any Error { innermost = inner as NSError }
  guard innermost.domain == NSPOSIXErrorDomain else { return innermost.localizedDescription }
  return String(cString: strerror(Int32(innermost.code)))
}
