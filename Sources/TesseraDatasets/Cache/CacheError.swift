import Foundation

/// Why a file is no cache that can be used; it is built again.
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
    case .foreign: "is no cache of Tessera's"
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
  /// The system refused the file or the folder.
  case unwritable(path: String, reason: String)

  /// A folder lies where the cache's file should.
  case isFolder(path: String)

  /// A pipe, socket or device lies where the cache's file should.
  case notAFile(path: String, reason: String)
}

extension CacheError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .unwritable(let path, let reason):
      "\(path): the cache cannot be written: \(reason); make room, choose another --cache, or go without"
    case .isFolder(let path):
      "\(path): is a folder where the cache's file should be; remove it or choose another --cache"
    case .notAFile(let path, let reason):
      "\(path): \(reason), where the cache's file should be; choose another --cache"
    }
  }
  public var errorDescription: String? { description }
}
