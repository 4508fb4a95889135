import Foundation
import TesseraFiles

/// Why a file is not a usable cache; the cache is rebuilt.
enum CacheFlaw: Error, Equatable {
  case cutShort
  case foreign
  case otherVersion
  case outdated
  case otherSize
  case damaged(String)
  case unreadable(String)

  /// What follows "the cache FILE".
  var reason: String {
    switch self {
    case .cutShort: "is cut short"
    case .foreign: "is not a Tessera cache"
    case .otherVersion: "was written by another version of Tessera"
    case .outdated: "is older than its sources, which have changed"
    case .otherSize: "holds samples of another size"
    case .damaged(let what): "is damaged (\(what))"
    case .unreadable(let reason): "cannot be read (\(reason))"
    }
  }
}

/// Why a cache could not be written.
public enum CacheError: Error, Sendable, Equatable {
  /// The system denied the file or the folder.
  case unwritable(path: String, reason: String)

  /// There is a folder where the cache file should be.
  case isFolder(path: String)

  /// There is a pipe, socket or device where the cache file should be.
  case notAFile(path: String, reason: String)
}

extension CacheError: UnwritableFileError, CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .unwritable(let path, let reason):
      "\(path): the cache cannot be written: \(reason); make room, choose another --cache, or do without one"
    case .isFolder(let path):
      "\(path): is a folder where the cache file should be; remove it or choose another --cache"
    case .notAFile(let path, let reason):
      "\(path): \(reason), where the cache file should be; choose another --cache"
    }
  }
  public var errorDescription: String? { description }
}
