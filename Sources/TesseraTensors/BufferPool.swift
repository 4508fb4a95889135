import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Recycles the memory of tensors, so that a warmed-up training step requests none from the operating system.
///
/// Fresh pages cost more than the arithmetic that fills them. Large buffers are cut from segments and go back to them,
/// where neighbors merge again: what a step holds at its peak is about all that the process ever takes. Small buffers
/// wait for the next request of their length. All buffers are 64-byte aligned (a cache line and an AVX-512 register);
/// segments use huge pages where the system has them.
public final class BufferPool: Sendable {
  /// The pool for tensors created outside any other `ComputeContext`.
  public static let shared = BufferPool()

  /// Bytes in use by tensors, their peak, bytes held for reuse, and how often these did not suffice.
  public struct Statistics: Sendable, Equatable {
    /// In use by tensors.
    public var live: Int
    /// The peak number of bytes in use by tensors.
    public var peak: Int
    /// Held for reuse.
    public var idle: Int
    /// Requests for memory so far.
    public var requests: Int
    /// Requests that got memory that no tensor had used before, at the cost of a new allocation or of the page faults
    /// of the first write. A warmed-up training step has none.
    public var misses: Int
    /// What the process has taken for tensors: bytes that some tensor has used since they came from the system. More
    /// than the peak, as there are gaps between buffers.
    public var used: Int

    public init(live: Int = 0, peak: Int = 0, idle: Int = 0, requests: Int = 0, misses: Int = 0, used: Int = 0) {
      self.live = live
      self.peak = peak
      self.idle = idle
      self.requests = requests
      self.misses = misses
      self.used = used
    }
  }

  private struct State {
    var statistics = Statistics()
    var small = SmallBuffers()
    var blocks = FreeBlocks()
    /// Starts and lengths of the segments.
    var segments: [UInt: Int] = [:]
  }

  private let state = Mutex(State())
  /// Whether large buffers are pages that take no memory until they are written to, and nobody writes to them: the pool
  /// then tells what a computation takes that is not carried out.
  package let isHollow: Bool

  private static let hugePage = 2 << 20
  /// Loops load whole registers: they may read (never write) this many bytes past a buffer's end.
  private static let slack = 64
  /// The shortest segment: address space only, until it is written to.
  private static let leastSegment = 256 << 20

  public init() { isHollow = false }

  /// Creates a pool that provides everything and takes nothing; see ``ComputeContext/isRehearsing``.
  package init(hollow: Void) { isHollow = true }

  deinit { releaseIdle() }

  /// The current statistics of the pool.
  public var statistics: Statistics { state.withLock { $0.statistics } }

  /// Returns memory that no tensor uses to the system, except segments that are partly in use.
  public func releaseIdle() {
    state.withLock { state in
      for (start, length) in state.segments {
        guard let used = state.blocks.remove(segment: start, length: length) else { continue }
        state.segments[start] = nil
        state.statistics.idle -= length
        state.statistics.used -= used
        free(segment: start, length)
      }
      for (start, length) in state.small.removeAll() {
        state.statistics.idle -= length
        state.statistics.used -= length
        if let buffer = UnsafeMutableRawPointer(bitPattern: start) { deallocate(buffer) }
      }
    }
  }

  /// What a request is rounded up to, so that blocks keep their alignment.
  static func capacity(forBytes bytes: Int) -> Int { (max(bytes, 1) + 63) / 64 * 64 }

  func take(capacity: Int) -> UnsafeMutableRawPointer {
    // Addresses leave the lock as numbers: raw pointers are not `Sendable`.
    let address = state.withLock { state in
      state.statistics.requests += 1
      state.statistics.live += capacity
      state.statistics.peak = max(state.statistics.peak, state.statistics.live)
      let (start, fresh) =
        capacity < SmallBuffers.limit ? Self.takeSmall(capacity, &state) : takeLarge(capacity, &state)
      state.statistics.idle -= capacity
      state.statistics.used += fresh
      if fresh > 0 { state.statistics.misses += 1 }
      return start
    }
    guard let buffer = UnsafeMutableRawPointer(bitPattern: address) else {
      fail("BufferPool: a buffer without an address")
    }
    return buffer
  }

  func giveBack(_ buffer: UnsafeMutableRawPointer, capacity: Int) {
    let address = UInt(bitPattern: buffer)
    state.withLock { state in
      state.statistics.live -= capacity
      state.statistics.idle += capacity
      if capacity < SmallBuffers.limit {
        state.small.giveBack(address, length: capacity)
      } else {
        state.blocks.giveBack(start: address, length: capacity)
      }
    }
  }

  private static func takeSmall(_ capacity: Int, _ state: inout State) -> (start: UInt, fresh: Int) {
    if let start = state.small.take(capacity) { return (start, 0) }
    state.statistics.idle += capacity
    return (memory(capacity, alignment: 64, state), capacity)
  }

  private func takeLarge(_ capacity: Int, _ state: inout State) -> (start: UInt, fresh: Int) {
    if let block = state.blocks.take(capacity) { return block }
    // As long as all the others together: fewer segments leave fewer gaps at their ends.
    let held = state.segments.values.reduce(0, +)
    let (ample, needed) = (Self.wholePages(max(capacity, held, Self.leastSegment)), Self.wholePages(capacity))
    let (segment, length) =
      isHollow
      ? (UInt(bitPattern: UntouchedPages.take(ample)), ample)
      : Self.allocate(ample, alignment: Self.hugePage).map { ($0, ample) }
        ?? (Self.memory(needed, alignment: Self.hugePage, state), needed)
    state.segments[segment] = length
    state.statistics.idle += length
    state.blocks.add(segment: segment, length: length)
    guard let block = state.blocks.take(capacity) else { fail("BufferPool: a new segment is too short") }
    return block
  }

  private func free(segment: UInt, _ length: Int) {
    guard let start = UnsafeMutableRawPointer(bitPattern: segment) else { return }
    if isHollow { UntouchedPages.giveBack(start, length) } else { deallocate(start) }
  }

  private static func wholePages(_ length: Int) -> Int { (length + hugePage - 1) / hugePage * hugePage }

  /// Returns memory, or ends the process.
  private static func memory(_ length: Int, alignment: Int, _ state: State) -> UInt {
    guard let buffer = allocate(length, alignment: alignment) else {
      stopForWantOfMemory(
        "the system cannot provide \(length >> 20) MB more for tensors, which hold "
          + "\(state.segments.values.reduce(0, +) >> 20) MB; take smaller pictures, batches or networks, or raise the "
          + "limit (ulimit -v)")
    }
    return buffer
  }

  private static func allocate(_ length: Int, alignment: Int) -> UInt? {
    var buffer: UnsafeMutableRawPointer?
    guard posix_memalign(&buffer, alignment, length + slack) == 0, let buffer else { return nil }
    #if os(Linux)
      if alignment == hugePage { madvise(buffer, length, MADV_HUGEPAGE) }
    #endif
    return UInt(bitPattern: buffer)
  }
}

/// Returns what `posix_memalign` gave.
private func deallocate(_ buffer: UnsafeMutableRawPointer) { free(buffer) }
