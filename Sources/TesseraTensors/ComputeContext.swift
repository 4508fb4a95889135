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

  /// - Parameters:
  ///   - threads: at least 1; the default is the number of active cores.
  ///   - pool: the recycler of tensor memory.
  public init(threads: Int = ProcessInfo.processInfo.activeProcessorCount, pool: BufferPool = .shared) {
    require(threads >= 1, "ComputeContext: there must be at least one thread; got \(threads)")
    self.threads = threads
    self.pool = pool
  }

  /// The context of the running task.
  @TaskLocal public static var current = ComputeContext()
}
