import Dispatch
import Synchronization
import TesseraTensors

/// Hands numbered work to several threads and its results, in order, to one task, with at most `limit` results started
/// but not yet taken.
///
/// The first failure in order ends the queue: the consumer sees it once, and later results are dropped.
final class PrefetchQueue<Element: Sendable>: Sendable {
  private struct State {
    var claimed = 0
    var taken = 0
    var isClosed = false
    var finished: [Int: Result<Element, any Error>] = [:]
    var workers: [Worker] = []
    var consumer: CheckedContinuation<Void, Never>?
  }
  /// A thread that waits for room.
  private final class Worker: Sendable {
    private let number = Mutex<Int?>(nil)
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() -> Int? {
      semaphore.wait()
      return number.withLock { $0 }
    }

    func resume(returning number: Int?) {
      self.number.withLock { $0 = number }
      semaphore.signal()
    }
  }
  private enum Claim {
    case number(Int)
    case end
    case wait(Worker)
  }
  private enum Next {
    case result(Result<Element, any Error>)
    case end, wait
  }

  private let count: Int
  private let limit: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - count: the total number of results.
  ///   - limit: the maximum number in progress or waiting at once.
  init(count: Int, limit: Int) {
    self.count = count
    self.limit = limit
  }

  /// The next number to work on; blocks the thread until there is room, `nil` when there is no more to do.
  func claim() -> Int? {
    let claim: Claim = state.withLock { state in
      if state.isClosed || state.claimed == count { return .end }
      guard state.claimed - state.taken < limit else {
        let worker = Worker()
        state.workers.append(worker)
        return .wait(worker)
      }
      state.claimed += 1
      return .number(state.claimed - 1)
    }
    switch claim {
    case .number(let number): return number
    case .end: return nil
    case .wait(let worker): return worker.wait()
    }
  }

  /// Whether results are no longer wanted.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Delivers the result of claimed work.
  func deliver(_ result: Result<Element, any Error>, for number: Int) {
    let consumer: CheckedContinuation<Void, Never>? = state.withLock { state in
      guard !state.isClosed else { return nil }
      state.finished[number] = result
      guard number == state.taken else { return nil }
      defer { state.consumer = nil }
      return state.consumer
    }
    consumer?.resume()
  }

  /// The next result in order; `nil` after the last and after a failure. Throws the failure of the work, or
  /// `CancellationError` if the consumer's task is cancelled.
  func next() async throws -> Element? {
    while true {
      try Task.checkCancellation()
      switch take() {
      case .result(.success(let element)): return element
      case .result(.failure(let error)):
        close()
        throw error
      case .end: return nil
      case .wait: await waitForDelivery()
      }
    }
  }

  /// Ends the queue: waiting workers stop, and finished results are dropped.
  func close() {
    let (workers, consumer) = state.withLock { state in
      defer {
        state.isClosed = true
        state.finished = [:]
        state.workers = []
        state.consumer = nil
      }
      return (state.workers, state.consumer)
    }
    for worker in workers { worker.resume(returning: nil) }
    consumer?.resume()
  }

  private func take() -> Next {
    let (next, worker, number): (Next, Worker?, Int?) = state.withLock { state in
      guard let result = state.finished.removeValue(forKey: state.taken) else {
        return (state.isClosed || state.taken == count ? .end : .wait, nil, nil)
      }
      state.taken += 1
      // The free place goes to the worker that has waited longest; one that finds nothing left to do stops.
      guard !state.workers.isEmpty else { return (.result(result), nil, nil) }
      let worker = state.workers.removeFirst()
      guard state.claimed < count else { return (.result(result), worker, nil) }
      state.claimed += 1
      return (.result(result), worker, state.claimed - 1)
    }
    worker?.resume(returning: number)
    return next
  }

  private func waitForDelivery() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          require(state.consumer == nil, "DataLoader: an iterator must have one consumer at a time")
          guard !state.isClosed, state.finished[state.taken] == nil else { return false }
          state.consumer = continuation
          return true
        }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      close()
    }
  }
}
