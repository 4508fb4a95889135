import Foundation

/// A file that grows piece by piece; a piece for which there is no room leaves no trace.
package final class GrowingFile {
  package let path: String
  private let descriptor: Int32
  /// Bytes up to the last whole piece.
  private var length: Int
  /// Whether part of a piece may follow them.
  private var isTorn = false

  /// Opens or creates the file at `path`; opening a pipe or a device is an error and never waits.
  ///
  /// - Parameter isNew: whether an existing file is an error.
  package init(_ path: String, isNew: Bool = false) throws(FileError) {
    let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | (isNew ? O_EXCL : 0)
    let descriptor = open(path, flags, 0o666)
    // What is missing is a folder rather than the file, which would be created.
    guard descriptor >= 0 else { throw FileError(path: path, reason: String(cString: strerror(errno))) }
    do throws(FileError) {
      length = try RegularFile.length(of: descriptor, path)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Returns all bytes, even if the file's name has been removed.
  package func bytes() throws(FileError) -> [UInt8] {
    var fault: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
      do throws(FileError) {
        filled = try RegularFile.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0, of: descriptor, path)
      } catch { fault = error }
    }
    if let fault { throw fault }
    return bytes
  }

  /// Appends all of `bytes`, or nothing.
  package func append(_ bytes: [UInt8]) throws(FileError) {
    try removeTornPiece()
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if count < 0 {
        if errno == EINTR { continue }
        let error = FileError(ofLastCallOn: path)
        isTorn = true
        try? removeTornPiece()
        throw error
      }
      done += count
    }
    length += bytes.count
  }

  private func removeTornPiece() throws(FileError) {
    guard isTorn else { return }
    guard ftruncate(descriptor, off_t(length)) == 0 else { throw FileError(ofLastCallOn: path) }
    isTorn = false
  }

  /// Forgets everything.
  package func removeAll() throws(FileError) {
    guard ftruncate(descriptor, 0) == 0 else { throw FileError(ofLastCallOn: path) }
    length = 0
  }
}
