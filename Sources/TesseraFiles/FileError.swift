import Foundation
internal import SystemPackage

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

  public var description: String { "\(path): \(reason)" }
  public var errorDescription: String? { description }
}

/// Why the system refused something, in its own words ("Permission denied"): the error underneath Foundation's
/// wrapping.
package func systemReason(of error: any Error) -> String {
  if let error = error as? FileError { return error.reason }
  if let error = error as? Errno { return error == .noSuchFileOrDirectory ? "there is no such file" : "\(error)" }
  var innermost = error as NSError
  while let inner = innermost.userInfo[NSUnderlyingErrorKey] as? any Error { innermost = inner as NSError }
  guard innermost.domain == NSPOSIXErrorDomain else { return innermost.localizedDescription }
  return systemReason(of: CInt(innermost.code))
}

/// What a number that the system gives an error (`errno`) stands for: "No space left on device".
package func systemReason(of code: CInt) -> String { "\(Errno(rawValue: code))" }

/// Runs `body`, whose errors become those of the file at `path`.
func onFile<Result>(_ path: String, _ body: () throws -> Result) throws(FileError) -> Result {
  do { return try body() } catch { throw FileError(path: path, reason: systemReason(of: error)) }
}

/// Makes a call that swift-system lacks, again if a signal interrupts it.
func systemCall(_ call: () -> CInt) throws(Errno) {
  while call() < 0 {
    let error = Errno(rawValue: errno)
    if error != .interrupted { throw error }
  }
}

/// An error that has a case for files that the system does not let be read.
package protocol UnreadableFileError: Error {
  static func unreadable(file: String, reason: String) -> Self
}

extension UnreadableFileError {
  /// Returns what `body` reads; the system's refusal becomes this module's error.
  package static func reading<Result>(
    _ body: @autoclosure () throws(FileError) -> Result
  ) throws(Self) -> Result {
    do throws(FileError) { return try body() } catch { throw .unreadable(file: error.path, reason: error.reason) }
  }
}

/// An error that has a case for files that the system does not let be written.
package protocol UnwritableFileError: Error {
  static func unwritable(path: String, reason: String) -> Self
}

extension UnwritableFileError {
  /// Runs `body`, which writes; the system's refusal becomes this module's error.
  package static func writing<Result>(
    _ body: @autoclosure () throws(FileError) -> Result
  ) throws(Self) -> Result {
    do throws(FileError) { return try body() } catch { throw .unwritable(path: error.path, reason: error.reason) }
  }
}
