import Foundation
import Synchronization
import TesseraTensors
import Testing

@Suite struct ParallelForTests {
  /// The threads that indices run on, and how often each index ran.
  private func run(_ count: Int, threads: Int, _ body: (Int) -> Void = { _ in }) -> (threads: Int, runs: [Int]) {
    let seen = Mutex((threads: Set<UInt>(), runs: [Int](repeating: 0, count: count)))
    ComputeContext.$current.withValue(ComputeContext(threads: threads)) {
      parallelFor(count) { index in
        let thread = UInt(bitPattern: ObjectIdentifier(Thread.current))
        seen.withLock {
          $0.threads.insert(thread)
          $0.runs[index] += 1
        }
        body(index)
      }
    }
    return seen.withLock { ($0.threads.count, $0.runs) }
  }

  @Test(arguments: [0, 1, 2, 7, 100], [1, 2, 5])
  func everyIndexRunsOnceOnNoMoreThreadsThanTheContextHas(_ count: Int, _ threads: Int) {
    let seen = run(count, threads: threads)
    #expect(seen.runs == [Int](repeating: 1, count: count))
    #expect(seen.threads <= threads)
  }

  @Test func oneThreadIsTheCallers() {
    let caller = ObjectIdentifier(Thread.current)
    _ = run(9, threads: 1) { _ in #expect(ObjectIdentifier(Thread.current) == caller) }
  }

  @Test func aLoopInsideABlockRunsOnTheBlocksThread() {
    _ = run(4, threads: 3) { _ in
      let block = ObjectIdentifier(Thread.current)
      parallelFor(5) { _ in #expect(ObjectIdentifier(Thread.current) == block) }
    }
  }

  /// Short loops of several callers, one after the other and side by side: threads find them awake and asleep.
  @Test func loopsOfSeveralCallersDoNotMeet() {
    let total = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 6) { caller in
      ComputeContext.$current.withValue(ComputeContext(threads: 3)) {
        for round in 0..<300 {
          if round % 50 == caller { usleep(300) }
          let sum = Atomic(0)
          parallelFor(5) { sum.add($0 + caller, ordering: .relaxed) }
          total.add(sum.load(ordering: .relaxed), ordering: .relaxed)
        }
      }
    }
    #expect(total.load(ordering: .relaxed) == (0..<6).reduce(0) { $0 + 300 * (10 + 5 * $1) })
  }

  @Test(.enabled(if: AvailableProcessors.count > 1)) func longBlocksRunSideBySide() {
    #expect(run(4, threads: 2) { _ in usleep(20_000) }.threads == 2)
  }

  @Test func rangesCoverEverythingInPiecesOfTheGrain() {
    let ranges = Mutex<[Range<Int>]>([])
    parallelFor(10, grain: 4) { range in ranges.withLock { $0.append(range) } }
    #expect(ranges.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } } == [0..<4, 4..<8, 8..<10])
    parallelFor(0, grain: 4) { _ in Issue.record("there is nothing to do") }
  }
}
