import Synchronization

/// The memory of one or more tensors; goes back to its pool with the last of them.
///
/// `Sendable` although it points to mutable memory: only `Tensor` sees it, and `Tensor` writes only when it is the sole
/// owner.
final class TensorStorage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  /// What holds this memory for `PreparedTensors`.
  let source = Mutex(PreparedSource.Reference())
  private let capacity: Int
  private let pool: BufferPool

  init(count: Int) {
    pool = ComputeContext.current.pool
    capacity = BufferPool.capacity(forBytes: count * MemoryLayout<Float>.stride)
    pointer = pool.take(capacity: capacity).assumingMemoryBound(to: Float.self)
  }

  deinit { pool.giveBack(UnsafeMutableRawPointer(pointer), capacity: capacity) }
}

/// Calls `body` with room for `count` floats of unspecified contents from the current context's pool.
public func withScratch<Result>(
  _ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Result
) rethrows -> Result {
  let storage = TensorStorage(count: count)
  return try withExtendedLifetime(storage) { try body(storage.pointer) }
}
