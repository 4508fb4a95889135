import Foundation
import Synchronization
internal import SystemPackage

/// An open file, closed with its owner: the one place where files are opened, read and written.
///
/// Calls that a signal interrupts are repeated, those that do less than they were asked are continued. Opening never
/// waits.
final class OpenFile: Sendable {
  /// The path that errors name.
  let path: String
  let descriptor: FileDescriptor
  private let isOpen = Atomic(true)

  /// - Parameter name: the path that errors name, if it is another.
  init(
    _ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = [],
    named name: String? = nil
  ) throws(FileError) {
    self.path = name ?? path
    do {
      // Non-blocking: opening a pipe by mistake must not wait for its other end.
      descriptor = try FileDescriptor.open(
        path, mode, options: options.union([.closeOnExec, .nonBlocking]), permissions: FilePermissions(rawValue: 0o666))
    } catch {
      // What a file that would be created lacks is its folder.
      let folder = folderPath(of: path)
      let isLost = options.contains(.create) && [.noSuchFileOrDirectory, .notDirectory].contains(error as? Errno)
      let reason = isLost && !isFolder(folder) ? "there is no folder \(folder)" : systemReason(of: error)
      throw FileError(path: self.path, reason: reason)
    }
  }

  deinit { try? close() }

  /// Closes it before its owner ends: some file systems report a full disk only then.
  func close() throws(FileError) {
    guard isOpen.exchange(false, ordering: .relaxed) else { return }
    try onFile(path) { try descriptor.close() }
  }

  /// The length in bytes; what is not a regular file is an error that says what it is.
  func length() throws(FileError) -> Int {
    let status = try onFile(path) { try descriptor.stat() }
    if let refusal = FileKind(status.type).refusal { throw FileError(path: path, reason: refusal) }
    return Int(status.size)
  }

  /// Fills `buffer` with the bytes starting at `offset`.
  ///
  /// - Returns: the number of bytes before the file's end.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
    try onFile(path) {
      try fill(buffer) { rest, done in
        try descriptor.read(fromAbsoluteOffset: Int64(offset + done), into: rest)
      }
    }
  }

  /// The `count` bytes starting at `offset`; fewer if the file ends earlier.
  func bytes(from offset: Int, count: Int) throws(FileError) -> [UInt8] {
    var fault: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(FileError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch { fault = error }
    }
    if let fault { throw fault }
    return bytes
  }

  /// Writes where the last call ended, or where the file does.
  func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try write(bytes) { rest, _ in try descriptor.write(rest) }
  }

  /// Writes over the bytes at `offset`.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
    try write(bytes) { rest, done in try descriptor.write(toAbsoluteOffset: Int64(offset + done), rest) }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, _ call: (_ rest: UnsafeRawBufferPointer, _ done: Int) throws -> Int
  ) throws(FileError) {
    try onFile(path) {
      var done = 0
      while done < bytes.count {
        let count = try call(UnsafeRawBufferPointer(rebasing: bytes[done...]), done)
        if count == 0 { throw Errno.noSpace }
        done += count
      }
    }
  }

  /// Cuts it off.
  func resize(to length: Int) throws(FileError) { try onFile(path) { try descriptor.resize(to: Int64(length)) } }

  /// Waits until everything is on disk.
  func synchronize() throws(FileError) { try onFile(path) { try systemCall { fsync(descriptor.rawValue) } } }
}

extension [UInt8] {
  /// Calls `body` with the bytes.
  package func withBytes(_ body: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) {
    try withUnsafeBufferPointer { bytes throws(FileError) in try body(UnsafeRawBufferPointer(bytes)) }
  }
}

/// Fills `buffer` from an open pipe, as far as it goes, and returns the number of bytes.
package func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: CInt) -> Int {
  fill(buffer) { rest, _ in (try? FileDescriptor(rawValue: descriptor).read(into: rest)) ?? 0 }
}

private func fill(
  _ buffer: UnsafeMutableRawBufferPointer, _ call: (_ rest: UnsafeMutableRawBufferPointer, _ done: Int) throws -> Int
) rethrows -> Int {
  var done = 0
  while done < buffer.count {
    let count = try call(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]), done)
    if count == 0 { break }
    done += count
  }
  return done
}
