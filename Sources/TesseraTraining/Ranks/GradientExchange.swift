import Dispatch
import Synchronization
import TesseraTensors

/// Connects processes that train one network together; each is a rank.
///
/// A trainer needs one thing from it: that bytes get from memory here to memory there. What is exchanged when, and in
/// which order it is added up, is decided by the trainer, so that N ranks end with the bits of one process that
/// accumulates N batches. The product `TesseraMPI` has an exchange over MPI.
public protocol GradientExchange: AnyObject, Sendable {
  /// The number of this process, counted from 0. Rank 0 has the run's files and tells its observers.
  var rank: Int { get }

  /// The number of processes.
  var rankCount: Int { get }

  /// Begins to send and to receive, and returns at once.
  ///
  /// All ranks call it in the same order. What rank a sends to rank b is received there in the order in which it was
  /// sent, within a call and from call to call, and has the length that is expected.
  /// - Parameters:
  ///   - sending: memory for other ranks, which nobody changes before the end.
  ///   - receiving: memory to be filled from other ranks.
  /// - Returns: the end. An error, such as a rank that has ended or is silent for too long, is thrown there; nothing
  ///   can be exchanged afterwards.
  func begin(sending: [ExchangePiece], receiving: [ExchangePiece]) -> PendingExchange
}

/// Memory whose bytes go to another rank, or come from it.
public struct ExchangePiece: @unchecked Sendable {
  /// The other rank.
  public let rank: Int
  public let start: UnsafeMutableRawPointer
  public let byteCount: Int

  public init(rank: Int, start: UnsafeMutableRawPointer, byteCount: Int) {
    self.rank = rank
    self.start = start
    self.byteCount = byteCount
  }
}

/// An exchange that goes on.
public final class PendingExchange: Sendable {
  private struct State {
    var end: (outcome: Result<Void, any Error>, instant: ContinuousClock.Instant)?
    var memory: [Tensor] = []
    var waiting = 0
    var waited = Duration.zero
  }
  private let state = Mutex(State())
  private let hasEnded = DispatchSemaphore(value: 0)
  private let start = ContinuousClock.now

  public init() {}

  /// Says how it ended; the first time counts.
  public func end(_ outcome: Result<Void, any Error>) {
    state.withLock { state in
      state.end = state.end ?? (outcome, .now)
      state.memory = []
    }
    hasEnded.signal()
  }

  /// Keeps the memory that is exchanged until the end, whatever becomes of its tensors elsewhere.
  func keep(_ memory: [Tensor]) {
    state.withLock { if $0.end == nil { $0.memory = memory } }
  }

  /// From when to when it went on; to now, if it still does.
  var time: ClosedRange<ContinuousClock.Instant> { start...(state.withLock { $0.end?.instant } ?? .now) }

  /// How long threads were blocked until it ended.
  var waited: Duration { state.withLock { $0.waited } }

  /// Whether a thread is blocked until it ends.
  package var isAwaited: Bool { state.withLock { $0.waiting > 0 } }

  /// Blocks the thread until it has ended.
  ///
  /// - Throws: why it failed.
  public func wait() throws {
    let start = ContinuousClock.now
    state.withLock { $0.waiting += 1 }
    hasEnded.wait()
    // For whoever waits next.
    hasEnded.signal()
    let outcome = state.withLock { state in
      state.waiting -= 1
      state.waited += .now - start
      return state.end?.outcome
    }
    try outcome?.get()
  }
}

/// A process that trains alone: the trivial exchange.
final class SingleProcess: GradientExchange {
  let rank = 0
  let rankCount = 1

  func begin(sending: [ExchangePiece], receiving: [ExchangePiece]) -> PendingExchange {
    let pending = PendingExchange()
    pending.end(.success(()))
    return pending
  }
}
