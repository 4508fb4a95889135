import Synchronization

/// The memory of one or more tensors; returned to its pool with the last of them.
///
/// `Sendable` although it points to mutable memory: only `Tensor` sees it, and `Tensor` writes only when it is the sole
/// owner.
final class TensorStorage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  /// Whether these are zeros that take no memory, for a tensor of which only the shape is needed.
  let isHollow: Bool
  /// What holds this memory for `PreparedTensors`.
  let source = Mutex(PreparedSource.Reference())
  private let capacity: Int
  private let pool: BufferPool

  init(count: Int, in context: ComputeContext = .current) {
    pool = context.pool
    capacity = BufferPool.capacity(forBytes: count * MemoryLayout<Float>.stride)
    isHollow = context.isDescribing
    let memory = isHollow ? UntouchedPages.take(capacity) : pool.take(capacity: capacity)
    pointer = memory.assumingMemoryBound(to: Float.self)
  }

  deinit {
    if isHollow {
      UntouchedPages.giveBack(pointer, capacity)
    } else {
      pool.giveBack(UnsafeMutableRawPointer(pointer), capacity: capacity)
    }
  }
}

/// Calls `body` with room for `count` floats of unspecified contents from the current context's pool.
public func withScratch<Result>(
  _ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Result
) rethrows -> Result {
  let storage = TensorStorage(count: count)
  return try withExtendedLifetime(storage) { try body(storage.pointer) }
}
