import Foundation

/// A regular file, open for reading at any offset, from several tasks at once: the only way in which Tessera opens a
/// path that a user names.
///
/// Folders, pipes, sockets and devices are errors that say what they are; opening one never waits. It is not a memory
/// map: a file that another program shortens gives an error here, where a map would give a signal.
package final class RegularFile: Sendable {
  package let path: String
  /// The length in bytes when it was opened.
  package let length: Int
  private let descriptor: Int32

  package init(_ path: String) throws(FileError) {
    // O_NONBLOCK: opening a pipe by mistake must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(ofLastCallOn: path) }
    do throws(FileError) {
      length = try Self.length(of: descriptor, path)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

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

  /// At most `count` bytes starting at `offset`; fewer if the file ends earlier.
  package func bytes(from offset: Int, atMost count: Int) throws(FileError) -> [UInt8] {
    var fault: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: max(0, min(count, length - offset))) { buffer, filled in
      do throws(FileError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch { fault = error }
    }
    if let fault { throw fault }
    return bytes
  }

  /// Fills `buffer` with the bytes starting at `offset`.
  ///
  /// - Returns: the number of bytes before the file's end.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
    try Self.read(into: buffer, at: offset, of: descriptor, path)
  }

  static func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int, of descriptor: Int32, _ path: String
  ) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(ofLastCallOn: path) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Replaces the contents of the file at `path`, or creates it, in one call and in its existing blocks: with `bytes`
  /// and, up to its previous length, `padding`. The last byte is a newline.
  package static func overwrite(_ path: String, with bytes: [UInt8], padding: UInt8) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw FileError(ofLastCallOn: path) }
    defer { close(descriptor) }
    let length = try length(of: descriptor, path)
    let padded = bytes + [UInt8](repeating: padding, count: max(0, length - bytes.count - 1)) + [UInt8(ascii: "\n")]
    let written = pwrite(descriptor, padded, padded.count, 0)
    guard written == padded.count else { throw FileError(ofWrite: written, to: path) }
  }

  /// The length of an open file, which must be a regular one.
  static func length(of descriptor: Int32, _ path: String) throws(FileError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(ofLastCallOn: path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path, reason: kind(of: status.st_mode))
    }
    return Int(status.st_size)
  }

  private static func kind(of mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "it is a folder"
    case S_IFIFO: "it is a pipe, not a file"
    case S_IFSOCK: "it is a socket, not a file"
    default: "it is a device, not a file"
    }
  }
}

/// Whether there is a folder, or a link to one, at `path`.
package func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
