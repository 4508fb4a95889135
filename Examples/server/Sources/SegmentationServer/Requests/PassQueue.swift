import Synchronization

/// Places for passes that run at a time, and for requests that wait for one, in order of arrival.
///
/// The memory of decoded pictures is bounded by this: nothing is decoded outside a place.
final class PassQueue: Sendable {
  private struct State {
    var running = 0
    var arrivals = 0
    var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    /// The time of a pass, as the mean of recent ones; 0 before the first.
    var passSeconds = 0.0
  }

  private let places: Int
  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - places: how many run at a time.
  ///   - capacity: how many wait.
  init(places: Int, capacity: Int) {
    self.places = places
    self.capacity = capacity
  }

  /// How many run and how many wait.
  var counts: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }

  /// - Throws: 429 if a further request would find neither a free place nor room to wait.
  func checkRoom() throws { try state.withLock { try checkRoom($0) } }

  /// Runs `work` in a place.
  ///
  /// - Throws: what `work` throws; 429 if there is no room to wait; `CancellationError` at once if the task is cancelled
  ///   while it waits.
  func run<Result>(_ work: () async throws -> Result) async throws -> Result {
    try await enter()
    let start = ContinuousClock.now
    defer { leave(after: (ContinuousClock.now - start) / .seconds(1)) }
    return try await work()
  }

  private func checkRoom(_ state: State) throws {
    guard state.running == places, state.waiting.count >= capacity else { return }
    // When the queue will have moved by one round.
    let seconds = max(1, (state.passSeconds * Double(capacity + places) / Double(places)).rounded(.up))
    throw Problem(
      .tooManyRequests,
      "The server is busy: \(state.running) \(state.running == 1 ? "picture is" : "pictures are") computed and "
        + "\(state.waiting.count) wait; try again in \(Int(seconds)) s.",
      retryAfter: Int(seconds))
  }

  private func enter() async throws {
    let number = state.withLock { state in
      state.arrivals += 1
      return state.arrivals
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let arrival: Result<Void, any Error>? = state.withLock { state in
          // Cancelled earlier, the handler below found nobody; cancelled from now on, it finds this one.
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.running < places {
            state.running += 1
            return .success(())
          }
          do { try checkRoom(state) } catch { return .failure(error) }
          state.waiting.append((number, continuation))
          return nil
        }
        if let arrival { continuation.resume(with: arrival) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0).continuation }
      }
      continuation?.resume(throwing: CancellationError())
    }
  }

  /// Gives the place to the request that has waited longest.
  private func leave(after seconds: Double) {
    let next = state.withLock { state in
      state.passSeconds = state.passSeconds == 0 ? seconds : 0.9 * state.passSeconds + 0.1 * seconds
      guard !state.waiting.isEmpty else {
        state.running -= 1
        return nil as CheckedContinuation<Void, any Error>?
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume()
  }
}
