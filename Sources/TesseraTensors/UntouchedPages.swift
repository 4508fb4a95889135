#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Any number of zeros that take address space but no memory until they are written to.
enum UntouchedPages {
  /// Loops may read this many bytes past the end, as with the pool's buffers.
  private static let slack = 64

  static func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    let start = mmap(
      nil, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0)
    guard let start, start != MAP_FAILED else {
      stopForWantOfMemory("the system has no address space for a tensor of \(bytes) bytes")
    }
    return start
  }

  static func giveBack(_ start: UnsafeMutableRawPointer, _ bytes: Int) { munmap(start, bytes + slack) }
}
