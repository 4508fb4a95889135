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

  /// Whether new tensors are shapes alone: no loop fills them, and they take no memory.
  package private(set) var isDescribing = false

  /// - Parameters:
  ///   - threads: at least 1; by default as many as there are processors that the process may use.
  ///   - pool: the recycler of tensor memory.
  ///   - prepared: what is kept from one pass to the next.
  public init(
    threads: Int = AvailableProcessors.count, pool: BufferPool = .shared,
    prepared: PreparedTensors? = nil
  ) {
    require(threads >= 1, "ComputeContext: there must be at least one thread; got \(threads)")
    self.threads = threads
    self.pool = pool
    self.prepared = prepared
  }

  /// The same but for its threads.
  package func with(threads: Int) -> ComputeContext {
    var context = ComputeContext(threads: threads, pool: pool, prepared: prepared)
    context.isDescribing = isDescribing
    return context
  }

  /// The same but that nothing is computed: what a pass consists of follows from its shapes.
  package var describing: ComputeContext {
    var context = ComputeContext(threads: threads, pool: pool)
    context.isDescribing = true
    return context
  }

  /// The same but that what is asked for is computed.
  package var computing: ComputeContext {
    var context = self
    context.isDescribing = false
    return context
  }

  /// The same but that it keeps what follows from weights.
  public func keeping(_ prepared: PreparedTensors) -> ComputeContext {
    ComputeContext(threads: threads, pool: pool, prepared: prepared)
  }

  /// The context of the running task.
  @TaskLocal public static var current = ComputeContext()
}
