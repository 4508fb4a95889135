import Synchronization

/// Runs `body(0)` ... `body(count - 1)`, spread over the threads of the current `ComputeContext`.
///
/// A thread begins with the same part of every loop; which of the other indices it runs is left to chance. Callers
/// therefore cut their work into blocks by shape only, let every block write to its own place, and then add up partial
/// results in index order. The bits are then the same for every thread count. `body` must be safe to call from several
/// threads at once; it is not marked `@Sendable` because kernels capture raw pointers to disjoint memory.
///
/// Every threaded loop in every module is this one, so that `ComputeContext.threads` limits all of them.
public func parallelFor(_ count: Int, _ body: (Int) -> Void) {
  parallelFor(count, scratch: 0) { index, _ in body(index) }
}

/// The same with room for `scratch` floats of unspecified contents, which a thread keeps from one index to the next, so
/// it stays in the core's cache.
public func parallelFor(_ count: Int, scratch: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
  guard count > 0 else { return }
  let context = ComputeContext.current
  let workers = min(count, context.threads)
  if context.isRehearsing { return takeScratch(scratch, times: workers) }
  guard workers > 1 else {
    withScratch(scratch) { buffer in
      for index in 0..<count { body(index, buffer) }
    }
    return
  }
  let inside = context.with(threads: 1)
  withShares(of: count, workers) { shares in
    WorkerPool.shared.run(threads: workers) { thread in
      // A loop inside a block runs on the block's own thread.
      ComputeContext.$current.withValue(inside) {
        withScratch(scratch) { buffer in
          for turn in 0..<workers {
            let share = shares[(thread + turn) % workers]
            while let index = share.next() { body(index, buffer) }
          }
        }
      }
    }
  }
}

/// Takes the memory of a loop, and returns it.
private func takeScratch(_ count: Int, times workers: Int) {
  if workers > 0 { withScratch(count) { _ in takeScratch(count, times: workers - 1) } }
}

/// The part of a loop's indices that one thread begins with.
///
/// Each thread begins with the same part of every loop, so it often finds in its core's cache what it wrote in the loop
/// before; then it takes what is left of the others' parts, so a slow core gets fewer blocks and does not delay the
/// step.
private struct Share {
  private let start: UnsafeMutablePointer<Atomic<Int>>
  private let end: Int

  init(_ range: Range<Int>, at start: UnsafeMutablePointer<Atomic<Int>>) {
    start.initialize(to: Atomic(range.lowerBound))
    (self.start, end) = (start, range.upperBound)
  }

  func next() -> Int? {
    let index = start.pointee.add(1, ordering: .relaxed).oldValue
    return index < end ? index : nil
  }
}

/// Calls `body` with the shares of `workers` in `count` indices.
private func withShares(of count: Int, _ workers: Int, _ body: (UnsafeBufferPointer<Share>) -> Void) {
  // A cache line for each counter.
  let step = 64 / MemoryLayout<Atomic<Int>>.stride
  withUnsafeTemporaryAllocation(of: Atomic<Int>.self, capacity: step * workers) { counters in
    withUnsafeTemporaryAllocation(of: Share.self, capacity: workers) { shares in
      for worker in 0..<workers {
        let range = count * worker / workers..<count * (worker + 1) / workers
        shares.initializeElement(at: worker, to: Share(range, at: counters.baseAddress! + step * worker))
      }
      body(UnsafeBufferPointer(shares))
    }
  }
}

/// Runs `body` on consecutive ranges that cover 0..<`count`, each at least `grain` long except the last.
///
/// The ranges depend only on `count` and `grain`.
public func parallelFor(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  let length = max(1, grain)
  parallelFor((count + length - 1) / length) { block in
    body(block * length..<min(count, (block + 1) * length))
  }
}
