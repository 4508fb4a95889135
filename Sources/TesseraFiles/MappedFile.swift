import Foundation

/// A memory-mapped file: its pages are shared with other processes and released under memory pressure.
package final class MappedFile: @unchecked Sendable {
  // Nothing changes after `init`, and nothing is written through the pointer, so it is safe to share.
  package let bytes: UnsafeRawBufferPointer
  private let file: OpenFile

  package init(_ path: String) throws(FileError) {
    file = try OpenFile(path, .readOnly)
    let length = try file.length()
    guard length > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, length, PROT_READ, MAP_SHARED, file.descriptor.rawValue, 0)
    guard let start, start != MAP_FAILED else { throw FileError(path: path, reason: systemReason(of: errno)) }
    bytes = UnsafeRawBufferPointer(start: start, count: length)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }

  /// Whether the file still has the bytes that were mapped: touching those of a file that was truncated since ends the
  /// process.
  package var isWhole: Bool { (try? file.length()) == bytes.count }
}
