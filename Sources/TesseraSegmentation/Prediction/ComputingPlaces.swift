import Dispatch
import Synchronization
import TesseraTensors

/// Places for a number of simultaneous computations; a caller that finds none free waits, in order of arrival.
///
/// A thread waits by blocking, a task by suspending: its work runs on a Dispatch thread, so it never holds the threads
/// that tasks share.
final class ComputingPlaces: Sendable {
  private enum Waiter {
    case thread(DispatchSemaphore)
    case task(Int, CheckedContinuation<Void, any Error>)
  }
  private struct State {
    var taken = 0
    var arrivals = 0
    var waiters: [Waiter] = []
  }

  let count: Int
  private let state = Mutex(State())

  init(_ count: Int) {
    require(count > 0, "Predictor: at least one prediction must compute at a time; got sideBySide: \(count)")
    self.count = count
  }

  /// Runs `work` in a place, and blocks the thread until there is one.
  func run<Result>(_ work: () throws -> Result) rethrows -> Result {
    let semaphore: DispatchSemaphore? = state.withLock { state in
      guard state.taken == count else {
        state.taken += 1
        return nil
      }
      let semaphore = DispatchSemaphore(value: 0)
      state.waiters.append(.thread(semaphore))
      return semaphore
    }
    semaphore?.wait()
    defer { leave() }
    return try computing(work)
  }

  /// Runs `work` in a place on a separate thread, and suspends the task until it is done.
  ///
  /// - Parameter work: gets a function that throws once the task is cancelled, to call from time to time.
  /// - Throws: what `work` throws, or `CancellationError` at once if the task is cancelled while it waits.
  func run<Result: Sendable>(
    _ work: @escaping @Sendable (_ checkCancellation: () throws -> Void) throws -> Result
  ) async throws -> Result {
    try await arrive()
    let cancellation = Cancellation()
    let context = ComputeContext.current
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { [self] in
          let result = ComputeContext.$current.withValue(context) {
            Swift.Result { try computing { try work(cancellation.check) } }
          }
          leave()
          continuation.resume(with: result)
        }
      }
    } onCancel: {
      cancellation.request()
    }
  }

  /// Divides the context's threads among the computations: two with one core each wait less for each other than two
  /// sharing both. The bits are the same for every number of threads.
  private func computing<Result>(_ work: () throws -> Result) rethrows -> Result {
    let context = ComputeContext.current
    let threads = max(1, context.threads / state.withLock { $0.taken })
    return try ComputeContext.$current.withValue(context.with(threads: threads), operation: work)
  }

  /// Takes a place for a task, or waits for one.
  private func arrive() async throws {
    let number = state.withLock { state in
      state.arrivals += 1
      return state.arrivals
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let arrival: Result<Void, any Error>? = state.withLock { state in
          // Cancelled earlier, the handler below found nobody; cancelled from now on, it finds this one.
          if Task.isCancelled { return .failure(CancellationError()) }
          guard state.taken == count else {
            state.taken += 1
            return .success(())
          }
          state.waiters.append(.task(number, continuation))
          return nil
        }
        if let arrival { continuation.resume(with: arrival) }
      }
    } onCancel: {
      let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
        for (index, waiter) in state.waiters.enumerated() {
          if case .task(let waiting, let continuation) = waiter, waiting == number {
            state.waiters.remove(at: index)
            return continuation
          }
        }
        return nil
      }
      continuation?.resume(throwing: CancellationError())
    }
  }

  /// Gives the place to the caller that has waited longest.
  private func leave() {
    let next: Waiter? = state.withLock { state in
      guard !state.waiters.isEmpty else {
        state.taken -= 1
        return nil
      }
      return state.waiters.removeFirst()
    }
    switch next {
    case .thread(let semaphore): semaphore.signal()
    case .task(_, let continuation): continuation.resume()
    case nil: break
    }
  }
}

/// Whether a task was cancelled, for work on another thread.
private final class Cancellation: Sendable {
  private let flag = Atomic(false)

  func request() { flag.store(true, ordering: .relaxed) }
  func check() throws { if flag.load(ordering: .relaxed) { throw CancellationError() } }
}
