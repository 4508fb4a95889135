import Dispatch
import Foundation
import Synchronization
import TesseraTraining

/// Ranks within one process, each on a thread of its own: an exchange without MPI.
final class LocalExchange: GradientExchange {
  let rank: Int
  var rankCount: Int { post.rankCount }
  private let post: Post

  /// The connected ends of all ranks.
  ///
  /// - Parameter delay: how many seconds everything is on its way, at least.
  static func connected(_ rankCount: Int, late delay: Double = 0) -> [LocalExchange] {
    let post = Post(rankCount: rankCount, delay: delay)
    return (0..<rankCount).map { LocalExchange($0, post) }
  }

  private init(_ rank: Int, _ post: Post) { (self.rank, self.post) = (rank, post) }

  /// All floats and texts that went from one rank to another.
  var bytesSent: Int { post.state.withLock { $0.bytesSent } }

  /// Makes everything that is underway or asked for fail.
  func breakDown(_ error: any Error) {
    let waiting = post.state.withLock { state in
      state.error = error
      return state.requests.values.flatMap(\.self).map(\.job.pending)
    }
    for pending in waiting { pending.end(.failure(error)) }
  }

  func begin(sending: [ExchangePiece], receiving: [ExchangePiece]) -> PendingExchange {
    let job = Job(waitingFor: receiving.count)
    let failure = post.state.withLock { state -> (any Error)? in
      if let error = state.error { return error }
      for piece in sending {
        state.bytesSent += piece.byteCount
        let letter = [UInt8](UnsafeRawBufferPointer(start: piece.start, count: piece.byteCount))
        state.outbox.append((way: [rank, piece.rank], letter: letter))
      }
      if post.delay == 0 { state.collect(sending.count) }
      for piece in receiving {
        state.requests[[piece.rank, rank], default: []].append(Request(piece: piece, job: job))
      }
      for other in 0..<rankCount {
        state.deliver([rank, other])
        state.deliver([other, rank])
      }
      return nil
    }
    if let failure {
      job.pending.end(.failure(failure))
    } else if post.delay > 0 {
      // Each takes the oldest ones.
      DispatchQueue.global().asyncAfter(deadline: .now() + post.delay) { [post] in
        post.state.withLock { $0.collect(sending.count) }
      }
    }
    return job.pending
  }

  private final class Job: Sendable {
    let pending = PendingExchange()
    private let missing: Mutex<Int>

    init(waitingFor count: Int) {
      missing = Mutex(count)
      if count == 0 { pending.end(.success(())) }
    }

    func arrived() {
      let left = missing.withLock { missing in
        missing -= 1
        return missing
      }
      if left == 0 { pending.end(.success(())) }
    }
  }

  private struct Request {
    let piece: ExchangePiece
    let job: Job
  }

  private final class Post: Sendable {
    let rankCount: Int
    let delay: Double
    let state = Mutex(State())

    init(rankCount: Int, delay: Double) { (self.rankCount, self.delay) = (rankCount, delay) }

    struct State {
      /// What has not left yet.
      var outbox: [(way: [Int], letter: [UInt8])] = []
      /// From one rank to another, in order.
      var letters: [[Int]: [[UInt8]]] = [:]
      var requests: [[Int]: [Request]] = [:]
      var bytesSent = 0
      var error: (any Error)?

      /// Takes so many letters from the outbox.
      mutating func collect(_ count: Int) {
        for (way, letter) in outbox.prefix(count) where error == nil {
          letters[way, default: []].append(letter)
          deliver(way)
        }
        outbox.removeFirst(count)
      }

      mutating func deliver(_ way: [Int]) {
        while let letter = letters[way]?.first, let request = requests[way]?.first {
          letters[way]?.removeFirst()
          requests[way]?.removeFirst()
          precondition(letter.count == request.piece.byteCount, "a letter of another length was expected")
          request.piece.start.copyMemory(from: letter, byteCount: letter.count)
          request.job.arrived()
        }
      }
    }
  }
}

/// Runs tasks on a thread of its own, so that one that blocks keeps no other from running.
private final class ThreadExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "rank")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Runs `body` as each of several ranks at the same time.
///
/// - Parameter delay: how many seconds everything between them is on its way, at least.
/// - Returns: what came of each.
func asRanks<Value: Sendable>(
  _ count: Int, late delay: Double = 0, _ body: @escaping @Sendable (LocalExchange) async throws -> Value
) async -> [Result<Value, any Error>] {
  let tasks = LocalExchange.connected(count, late: delay).map { exchange in
    Task(executorPreference: ThreadExecutor()) { try await body(exchange) }
  }
  var results: [Result<Value, any Error>] = []
  for task in tasks { results.append(await task.result) }
  return results
}
