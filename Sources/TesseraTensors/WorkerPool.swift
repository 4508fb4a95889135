import Dispatch
import Foundation
import Synchronization

/// Threads that help with loops: one for each processor besides the caller's, started at the first loop.
///
/// A network is hundreds of short loops, and waking a thread of an idle processor takes as long as one of them (40 to
/// 70 microseconds). So a thread that has nothing to do looks for the next loop for a moment before it sleeps, and lets
/// every other runnable thread or process go first each time it looks.
final class WorkerPool: Sendable {
  static let shared = WorkerPool(helpers: AvailableProcessors.count - 1)

  /// One loop, which any thread may join until its indices are used up; then the next one.
  private final class Loop: Sendable {
    // Written before other threads see the loop, and again after the last has left it.
    nonisolated(unsafe) private var body: ((_ thread: Int) -> Void)?
    /// Threads that work on it, the caller included, plus `isAwaited` while the caller sleeps.
    private let working = Atomic(0)
    private static let isAwaited = 1 << 32
    private let ended = DispatchSemaphore(value: 0)

    func begin(_ body: @escaping (_ thread: Int) -> Void) {
      self.body = body
      working.store(1, ordering: .relaxed)
    }

    func join() { working.add(1, ordering: .relaxed) }

    func help(_ thread: Int) {
      run(thread)
      if working.subtract(1, ordering: .acquiringAndReleasing).newValue == Self.isAwaited { ended.signal() }
    }

    // Not inlined, so that nothing holds the body when it returns: the body does not outlive the loop.
    @inline(never) func run(_ thread: Int) { body?(thread) }

    /// Waits for the helpers after the caller's own part, and forgets the body.
    func end() {
      if working.subtract(1, ordering: .acquiringAndReleasing).newValue > 0,
        !lookFor({ working.load(ordering: .acquiring) == 0 }),
        working.add(Self.isAwaited, ordering: .acquiringAndReleasing).newValue > Self.isAwaited
      {
        ended.wait()
      }
      body = nil
    }
  }

  private struct State {
    var loops: [(loop: Loop, places: Int)] = []
    /// Loops that have ended: a network is hundreds of them.
    var spares: [Loop] = []
    var sleeping = 0
    var hasStarted = false
  }

  private let state = Mutex(State())
  /// Counts the loops, so that waiting threads see a new one without the lock.
  private let generation = Atomic(0)
  private let wakeUp = DispatchSemaphore(value: 0)
  private let helpers: Int

  private init(helpers: Int) { self.helpers = helpers }

  /// Runs `body` on the calling thread, which is number 0, and on up to `threads - 1` others at the same time, which
  /// have the same number in each loop.
  func run(threads: Int, _ body: (_ thread: Int) -> Void) {
    let places = min(threads - 1, helpers)
    guard places > 0 else { return body(0) }
    withoutActuallyEscaping(body) { run($0, places) }
  }

  private func run(_ body: @escaping (_ thread: Int) -> Void, _ places: Int) {
    let (loop, asleep, mustStart) = state.withLock { state in
      let loop = state.spares.popLast() ?? Loop()
      loop.begin(body)
      state.loops.append((loop, places))
      let asleep = min(places, state.sleeping)
      state.sleeping -= asleep
      defer { state.hasStarted = true }
      return (loop, asleep, !state.hasStarted)
    }
    generation.add(1, ordering: .releasing)
    if mustStart { start() }
    for _ in 0..<asleep { wakeUp.signal() }
    loop.run(0)
    state.withLock { state in state.loops.removeAll { $0.loop === loop } }
    loop.end()
    state.withLock { $0.spares.append(loop) }
  }

  /// Where the system refuses a thread, callers do the work of those that are missing.
  private func start() {
    for helper in 1...helpers { try? DetachedThread.start { self.help(helper) } }
  }

  private func help(_ thread: Int) {
    while true {
      let seen = generation.load(ordering: .acquiring)
      if let loop = joinLoop() {
        loop.help(thread)
      } else if !lookFor({ generation.load(ordering: .acquiring) != seen }) {
        let sleeps = state.withLock { state in
          if state.loops.contains(where: { $0.places > 0 }) { return false }
          state.sleeping += 1
          return true
        }
        if sleeps { wakeUp.wait() }
      }
    }
  }

  private func joinLoop() -> Loop? {
    state.withLock { state in
      guard let index = state.loops.firstIndex(where: { $0.places > 0 }) else { return nil }
      state.loops[index].places -= 1
      state.loops[index].loop.join()
      return state.loops[index].loop
    }
  }
}

/// Looks for a moment whether `condition` became true; between two looks whoever else wants the processor has it.
private func lookFor(_ condition: () -> Bool) -> Bool {
  let patience: UInt64 = 60_000
  let start = DispatchTime.now().uptimeNanoseconds
  repeat {
    if condition() { return true }
    sched_yield()
  } while DispatchTime.now().uptimeNanoseconds - start < patience
  return condition()
}
