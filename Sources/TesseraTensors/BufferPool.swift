import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Recycles the memory of tensors, so that a warmed-up training step asks the operating system for none.
///
/// Fresh pages cost more than the arithmetic that fills them. Large buffers are cut from segments and go back to them,
/// where neighbors grow together again: what a step holds at its peak is about what the process ever takes. All buffers
/// are 64-byte aligned (a cache line and an AVX-512 register); segments lie on huge pages where the system has them.
public final class BufferPool: Sendable {
  /// The pool of tensors that are made outside any other `ComputeContext`.
  public static let shared = BufferPool()

  /// Bytes in use by tensors, the most that ever were, and bytes that segments hold for reuse.
  public struct Statistics: Sendable, Equatable {
    /// In use by tensors.
    public var live: Int
    /// The most that was ever in use.
    public var peak: Int
    /// Held for reuse.
    public var idle: Int

    public init(live: Int = 0, peak: Int = 0, idle: Int = 0) {
      self.live = live
      self.peak = peak
      self.idle = idle
    }
  }

  private struct State {
    var statistics = Statistics()
    var blocks = FreeBlocks()
    /// Starts and lengths of the segments.
    var segments: [UInt: Int] = [:]
  }

  private let state = Mutex(State())

  /// Smaller buffers come from the system's allocator, which is good at these.
  private static let leastLarge = 1 << 16
  private static let hugePage = 2 << 20
  /// Loops load whole registers: they may read (never write) this many bytes behind a buffer's end.
  private static let slack = 64
  /// A segment's usual length: address space only, until it is written to.
  private static let segmentLength = 256 << 20

  public init() {}

  deinit { releaseIdle() }

  /// What the pool holds now.
  public var statistics: Statistics { state.withLock { $0.statistics } }

  /// Gives segments that no tensor uses back to the system.
  public func releaseIdle() {
    state.withLock { state in
      for (start, length) in state.segments where state.blocks.remove(start: start, length: length) {
        state.segments[start] = nil
        state.statistics.idle -= length
        free(UnsafeMutableRawPointer(bitPattern: start))
      }
    }
  }

  /// What a request is rounded up to, so that blocks keep their alignment.
  static func capacity(forBytes bytes: Int) -> Int { (max(bytes, 1) + 63) / 64 * 64 }

  func take(capacity: Int) -> UnsafeMutableRawPointer {
    // Addresses leave the lock as numbers: raw pointers are not `Sendable`.
    let address: UInt? = state.withLock { state in
      state.statistics.live += capacity
      state.statistics.peak = max(state.statistics.peak, state.statistics.live)
      guard capacity >= Self.leastLarge else { return nil }
      state.statistics.idle -= capacity
      if let start = state.blocks.take(capacity) { return start }
      let length = (max(capacity, Self.segmentLength) + Self.hugePage - 1) / Self.hugePage * Self.hugePage
      let segment = UInt(bitPattern: Self.allocate(length, alignment: Self.hugePage))
      state.segments[segment] = length
      state.statistics.idle += length
      state.blocks.give(start: segment, length: length, segment: segment)
      return state.blocks.take(capacity)
    }
    if let address, let buffer = UnsafeMutableRawPointer(bitPattern: address) { return buffer }
    return Self.allocate(capacity, alignment: 64)
  }

  func giveBack(_ buffer: UnsafeMutableRawPointer, capacity: Int) {
    let address = UInt(bitPattern: buffer)
    let isLarge = capacity >= Self.leastLarge
    state.withLock { state in
      state.statistics.live -= capacity
      guard isLarge else { return }
      state.statistics.idle += capacity
      state.blocks.giveBack(start: address, length: capacity)
    }
    if !isLarge { free(buffer) }
  }

  private static func allocate(_ length: Int, alignment: Int) -> UnsafeMutableRawPointer {
    var buffer: UnsafeMutableRawPointer?
    guard posix_memalign(&buffer, alignment, length + slack) == 0, let buffer else {
      fail("BufferPool: the system has no \(length) bytes left for tensors")
    }
    #if os(Linux)
      if alignment == hugePage { madvise(buffer, length, MADV_HUGEPAGE) }
    #endif
    return buffer
  }
}
