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
/// Fresh pages cost more than the arithmetic that fills them. Buffers are 64-byte aligned (a cache line and an AVX-512
/// register), rounded up to a size class, and kept when a tensor dies until `limit` bytes lie idle. Large buffers lie on
/// huge pages where the system has them.
public final class BufferPool: Sendable {
  /// The pool of tensors that are made outside any other `ComputeContext`.
  public static let shared = BufferPool()

  private struct State {
    var idle: [Int: [UnsafeMutableRawPointer]] = [:]
    var idleBytes = 0
    var liveBytes = 0
    var peakBytes = 0
  }
  // The pointers are owned by whoever took them out under the lock.
  private struct Guarded: @unchecked Sendable { var state = State() }

  private let guarded = Mutex(Guarded())

  /// How many idle bytes the pool keeps before it gives memory back.
  public let limit: Int

  /// - Parameter limit: idle bytes kept for reuse (default 2 GiB).
  public init(limit: Int = 2 << 30) { self.limit = limit }

  deinit { releaseIdle() }

  /// Bytes in use by tensors, their peak since the start, and bytes lying idle.
  public var statistics: (live: Int, peak: Int, idle: Int) {
    guarded.withLock { ($0.state.liveBytes, $0.state.peakBytes, $0.state.idleBytes) }
  }

  /// Gives all idle memory back to the system.
  public func releaseIdle() {
    guarded.withLock { box in
      for buffers in box.state.idle.values { for buffer in buffers { free(buffer) } }
      box.state.idle = [:]
      box.state.idleBytes = 0
    }
  }

  /// The size class of a request: a multiple of 64 bytes, at most an eighth larger than asked for.
  static func capacity(forBytes bytes: Int) -> Int {
    let least = max(bytes, 64)
    let step = max(64, (1 << (Int.bitWidth - 1 - least.leadingZeroBitCount)) / 8)
    return (least + step - 1) / step * step
  }

  func take(capacity: Int) -> UnsafeMutableRawPointer {
    // Returned as an integer: a raw pointer may not leave the lock's isolation.
    let recycled: UInt? = guarded.withLock { box in
      box.state.liveBytes += capacity
      box.state.peakBytes = max(box.state.peakBytes, box.state.liveBytes)
      guard let buffer = box.state.idle[capacity]?.popLast() else { return nil }
      box.state.idleBytes -= capacity
      return UInt(bitPattern: buffer)
    }
    if let recycled, let buffer = UnsafeMutableRawPointer(bitPattern: recycled) { return buffer }
    return allocate(capacity)
  }

  func giveBack(_ buffer: UnsafeMutableRawPointer, capacity: Int) {
    let address = UInt(bitPattern: buffer)
    let kept = guarded.withLock { box in
      box.state.liveBytes -= capacity
      guard box.state.idleBytes + capacity <= limit else { return false }
      box.state.idle[capacity, default: []].append(UnsafeMutableRawPointer(bitPattern: address)!)
      box.state.idleBytes += capacity
      return true
    }
    if !kept { free(buffer) }
  }

  private func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    let hugePage = 2 << 20
    let isLarge = capacity >= 2 * hugePage
    var buffer: UnsafeMutableRawPointer?
    let code = posix_memalign(&buffer, isLarge ? hugePage : 64, capacity)
    guard code == 0, let buffer else { fail("BufferPool: the system has no \(capacity) bytes left for a tensor") }
    #if os(Linux)
      if isLarge { madvise(buffer, capacity, MADV_HUGEPAGE) }
    #endif
    return buffer
  }
}
