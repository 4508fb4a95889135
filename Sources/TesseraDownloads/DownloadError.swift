import Foundation
import TesseraArchives
import TesseraFiles

/// Why a file could not be downloaded or used.
public enum DownloadError: Error, Equatable, Sendable {
  /// No server provided the file; lists what each did. What has arrived so far is kept.
  case noServer(file: String, failures: [ServerFailure])
  /// The bytes are not those of the published file.
  case wrongChecksum(path: String, expected: FileChecksum, found: FileChecksum, note: String?)
  /// The disk has less space than is needed, in bytes.
  case noSpace(path: String, needed: Int, free: Int)
  /// Something else is where the download would go.
  case occupied(path: String, reason: String)
  /// Another process is downloading it.
  case busy(path: String)
  /// An archive lacks parts of the data set; nothing of it was unpacked.
  case incomplete(path: String, missing: [String])
  /// The license excludes commercial use and was not accepted; nothing was fetched.
  case licenseNotAccepted(item: String, License)
  /// The address is not that of a web server.
  case badAddress(String)
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)

  /// Why one server did not provide a file.
  public struct ServerFailure: Equatable, Sendable {
    public let address: String
    public let reason: String

    package init(address: String, reason: String) { (self.address, self.reason) = (address, reason) }
  }
}

extension DownloadError: UnwritableFileError, CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .noServer(let file, let failures):
      "\(file) could not be downloaded: "
        + failures.map { "\($0.address): \($0.reason)" }.joined(separator: "; ")
    case .wrongChecksum(let path, let expected, let found, let note):
      "\(path) is not the published file: its \(found) should \(expected.rule)" + (note.map { "; \($0)" } ?? "")
    case .noSpace(let path, let needed, let free):
      "there is too little space on the disk of \(path): \(byteCount(needed)) are needed and \(byteCount(free)) are free"
    case .occupied(let path, let reason): "\(path) is there already, and \(reason)"
    case .busy(let path): "another process is downloading \(path)"
    case .incomplete(let path, let missing): "\(path) lacks \(missing.joined(separator: ", "))"
    case .licenseNotAccepted(let item, let license):
      "\(item) was not fetched, as its license must be accepted first: \(license)"
    case .badAddress(let address): "'\(address)' is not an http:// or https:// address"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
    }
  }

  public var errorDescription: String? { description }
}
