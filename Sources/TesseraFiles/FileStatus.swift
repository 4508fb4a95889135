import Foundation
internal import SystemPackage

/// What kind of file a path leads to.
package enum FileKind {
  case file, folder, pipe, socket, device

  init(_ type: FileType) {
    self =
      switch type {
      case .regular: .file
      case .directory: .folder
      case .fifo: .pipe
      case .socket: .socket
      default: .device
      }
  }

  /// `nil` if there is nothing at `path`, or its link leads nowhere.
  package init?(of path: String) {
    guard let status = try? Stat(path) else { return nil }
    self.init(status.type)
  }

  /// Why it cannot be read as a file is.
  package var refusal: String? {
    switch self {
    case .file: nil
    case .folder: "it is a folder"
    case .pipe, .socket, .device: "it is a \(self), not a file"
    }
  }
}

/// Whether there is a folder, or a link to one, at `path`.
package func isFolder(_ path: String) -> Bool { FileKind(of: path) == .folder }

/// Whether `path` names something that is no folder, or links to it.
package func isFile(_ path: String) -> Bool { FileKind(of: path).map { $0 != .folder } ?? false }

/// Whether anything has the name, even a link that leads nowhere.
package func isTaken(_ path: String) -> Bool { (try? Stat(path, followTargetSymlink: false)) != nil }

/// What the system says about a file without reading it.
package struct FileStamp: Sendable, Equatable {
  /// Bytes.
  package let length: Int
  /// When the content was changed, in nanoseconds.
  package let modified: Int
  /// When anything about the file was changed, including its times and name, in nanoseconds: programs can set the
  /// other time back, but not this one.
  package let changed: Int

  package init(length: Int, modified: Int, changed: Int) {
    (self.length, self.modified, self.changed) = (length, modified, changed)
  }

  /// `nil` if there is no such file.
  package init?(of path: String) {
    guard let status = try? Stat(path) else { return nil }
    func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }
    self.init(
      length: Int(status.size), modified: nanoseconds(status.st_mtim), changed: nanoseconds(status.st_ctim))
  }
}
