import Foundation
internal import SystemPackage

/// A regular file, open for reading at any offset, from several tasks at once: the only way in which Tessera opens a
/// path that a user names.
///
/// Folders, pipes, sockets and devices are errors that say what they are; opening one never waits. It is not a memory
/// map: a file that another program shortens gives an error here, where a map would give a signal.
package final class RegularFile: Sendable {
  /// The length in bytes when it was opened.
  package let length: Int
  private let file: OpenFile

  package var path: String { file.path }

  /// What other processes that have it call the open file.
  package var descriptor: CInt { file.descriptor.rawValue }

  package convenience init(_ path: String) throws(FileError) { try self.init(try OpenFile(path, .readOnly)) }

  private init(_ file: OpenFile) throws(FileError) {
    self.file = file
    length = try file.length()
  }

  /// A file in `temporaryFolder` that has no name, so the system removes it with its last owner, however the process
  /// ends.
  ///
  /// - Parameter write: gets a function that appends bytes.
  package static func unnamed(
    _ write: (_ append: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws -> Void
  ) throws -> RegularFile {
    let folder = temporaryFolder
    let path = (folder as NSString).appendingPathComponent(".\(UUID().uuidString).tmp")
    let file = try OpenFile(path, .readWrite, [.create, .exclusiveCreate], named: folder)
    removeFile(path)
    try write(file.append)
    return try RegularFile(file)
  }

  /// Where files without a name are.
  package static var temporaryFolder: String { FileManager.default.temporaryDirectory.path }

  /// All bytes of the file at `path`.
  ///
  /// - Parameter limit: in bytes; a longer file is an error, before any memory is allocated for it.
  package static func bytes(of path: String, atMost limit: Int) throws(FileError) -> [UInt8] {
    let file = try RegularFile(path)
    guard file.length <= limit else {
      throw FileError(path: path, reason: "it has \(file.length) bytes, more than the \(limit) allowed for such a file")
    }
    return try file.bytes(from: 0, atMost: file.length)
  }

  /// The text of the file at `path`, in UTF-8; a byte order mark is no part of it.
  ///
  /// - Parameter limit: in bytes; a longer file is an error, before any memory is allocated for it.
  package static func text(of path: String, atMost limit: Int) throws(FileError) -> String {
    let bytes = try bytes(of: path, atMost: limit)
    guard let text = String(validating: bytes.dropFirst(byteOrderMarkLength(of: bytes)), as: UTF8.self) else {
      throw FileError(path: path, reason: "it is not UTF-8 text")
    }
    return text
  }

  /// The length of the mark with which some editors begin UTF-8 text; 0 if there is none.
  package static func byteOrderMarkLength(of bytes: [UInt8]) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

  /// At most `count` bytes starting at `offset`; fewer if the file ends earlier.
  package func bytes(from offset: Int, atMost count: Int) throws(FileError) -> [UInt8] {
    try file.bytes(from: offset, count: max(0, min(count, length - offset)))
  }

  /// Fills `buffer` with the bytes starting at `offset`.
  ///
  /// - Returns: the number of bytes before the file's end.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
    try file.read(into: buffer, at: offset)
  }

  /// Replaces the contents of the file at `path`, or creates it, in one call and in its existing blocks: with `bytes`
  /// and, up to its previous length, `padding`. The last byte is a newline.
  package static func overwrite(_ path: String, with bytes: [UInt8], padding: UInt8) throws(FileError) {
    let file = try OpenFile(path, .writeOnly, .create)
    let rest = max(0, try file.length() - bytes.count - 1)
    let padded = bytes + [UInt8](repeating: padding, count: rest) + [UInt8(ascii: "\n")]
    try padded.withBytes { bytes throws(FileError) in try file.write(bytes, at: 0) }
  }
}
