import Foundation

/// How the work below a call is carried out: on how many threads, with whose memory.
///
/// A context is passed down a call tree, never set globally. Results have the same bits for every thread count.
///
/// ```swift
/// ComputeContext.$current.withValue(ComputeContext(threads: 1)) { model(images) }
/// ```
public struct ComputeContext: Sendable {
  /// The most threads that one operation spreads its blocks over.
  public let threads: Int

  /// Where the memory of new tensors comes from.
  public let pool: BufferPool

  /// What is kept from one pass to the next, for inference with weights that stay; `nil` keeps nothing.
  public let prepared: PreparedTensors?

  /// - Parameters:
  ///   - threads: at least 1; the default is the number of active cores.
  ///   - pool: the recycler of tensor memory.
  ///   - prepared: what is kept from one pass to the next.
  public init(
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, pool: BufferPool = .shared,
    prepared: PreparedTensors? = nil
  ) {
    require(threads >= 1, "ComputeContext: there must be at least one thread; got \(threads)")
    self.threads = threads
    self.pool = pool
    self.prepared = prepared
  }

  /// The same but for its threads.
  package func with(threads: Int) -> ComputeContext {
    ComputeContext(threads: threads, pool: pool, prepared: prepared)
  }

  /// The same but that it keeps what follows from weights.
  public func keeping(_ prepared: PreparedTensors) -> ComputeContext {
    ComputeContext(threads: threads, pool: pool, prepared: prepared)
  }

  /// The context of the running task.
  @TaskLocal public static var current = ComputeContext()
}
