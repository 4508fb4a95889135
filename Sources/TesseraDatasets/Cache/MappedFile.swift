import Foundation

/// A memory-mapped file: its pages are shared with other processes and released under memory pressure.
final class MappedFile: @unchecked Sendable {
  // Nothing changes after `init`, and nothing is written through the pointer, so it is safe to share.
  let bytes: UnsafeRawBufferPointer
  private let descriptor: Int32

  /// - Throws: `CacheFlaw.unreadable`; `nil` if there is no such file.
  init?(_ path: String) throws(CacheFlaw) {
    // O_NONBLOCK: opening a pipe by mistake must not wait for a writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw .unreadable(String(cString: strerror(errno)))
    }
    let length = Self.length(of: descriptor)
    guard length > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let start, start != MAP_FAILED else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw .unreadable(reason)
    }
    bytes = UnsafeRawBufferPointer(start: start, count: length)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    if descriptor >= 0 { close(descriptor) }
  }

  /// Whether the file still has the bytes that were mapped: touching those of a file that was truncated since ends the
  /// process.
  var isWhole: Bool { Self.length(of: descriptor) == bytes.count }

  private static func length(of descriptor: Int32) -> Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }
}
