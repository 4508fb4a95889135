import Foundation

/// A regular file open for reading at any offset, from several tasks at once.
///
/// Not a memory map: a file that another program shortens gives an error here, and a signal there.
final class InputFile: Sendable {
  let path: String
  /// Bytes, when it was opened.
  let length: Int
  private let descriptor: Int32

  init(path: String) throws(SafeTensorsError) {
    // O_NONBLOCK: opening a pipe by mistake must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(file: path, reason: systemErrorMessage()) }
    var status = stat()
    let code = fstat(descriptor, &status)
    guard code == 0, status.st_mode & S_IFMT == S_IFREG else {
      let reason = code == 0 ? "it is not a regular file" : systemErrorMessage()
      close(descriptor)
      throw .unreadable(file: path, reason: reason)
    }
    self.path = path
    self.descriptor = descriptor
    length = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills `buffer` with the bytes from `offset` on.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SafeTensorsError) {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(file: path, reason: systemErrorMessage()) }
      guard count > 0 else {
        throw .truncated(file: path, expectedBytes: offset + buffer.count, foundBytes: offset + done)
      }
      done += count
    }
  }
}

/// What the system says about the call that has just failed.
func systemErrorMessage() -> String { String(cString: strerror(errno)) }
