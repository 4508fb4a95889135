/// How the work below a call is carried out: on how many threads and with which memory.
///
/// A context is passed down a call tree, never set globally. Results have the same bits for every thread count.
///
/// ```swift
/// ComputeContext.$current.withValue(ComputeContext(threads: 1)) { model(images) }
/// ```
public struct ComputeContext: Sendable {
  /// The maximum number of threads that one operation spreads its blocks over.
  public let threads: Int

  /// Where the memory of new tensors comes from.
  public let pool: BufferPool

  /// What is kept from one pass to the next, for inference with constant weights; `nil` keeps nothing.
  public let prepared: PreparedTensors?

  /// Whether new tensors are only shapes: no loop fills them, and they take no memory.
  package private(set) var isDescribing = false

  /// Whether only the memory of a computation is wanted: tensors and loops take what they need from a hollow pool, in
  /// the same order as ever, but loops do not run, and large tensors hold zeros that nobody touches.
  package var isRehearsing: Bool { pool.isHollow }

  /// - Parameters:
  ///   - threads: at least 1; by default the number of processors that the process may use.
  ///   - pool: where tensor memory comes from and is recycled.
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

  /// The same context with another number of threads.
  package func with(threads: Int) -> ComputeContext {
    var context = ComputeContext(threads: threads, pool: pool, prepared: prepared)
    context.isDescribing = isDescribing
    return context
  }

  /// The same context, but nothing is computed: what a pass consists of follows from its shapes.
  package var describing: ComputeContext {
    var context = ComputeContext(threads: threads, pool: pool)
    context.isDescribing = true
    return context
  }

  /// The same context, but values are computed.
  package var computing: ComputeContext {
    var context = self
    context.isDescribing = false
    return context
  }

  /// The same context, but it keeps what is derived from weights.
  public func keeping(_ prepared: PreparedTensors) -> ComputeContext {
    ComputeContext(threads: threads, pool: pool, prepared: prepared)
  }

  /// The context of the running task.
  @TaskLocal public static var current = ComputeContext()
}
