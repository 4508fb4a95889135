#if MPI
  import CMessages
  import Foundation
  import TesseraTraining

  extension MPIExchange {
    /// An exchange whose messages are underway.
    private struct Underway {
      let messages: OpaquePointer
      let pending: PendingExchange
      var finished = 0
    }

    /// The loop of the thread that moves messages.
    func moveMessages() {
      // In the order in which they began, which is the same on all ranks: none waits for the end of a later one.
      var underway: [Underway] = []
      var idle: UInt32 = 0
      // When something last arrived, left or began.
      var since = ContinuousClock.now
      while true {
        if underway.isEmpty { waitForWork() }
        let (jobs, isLeaving) = takeJobs()
        if isLeaving && jobs.isEmpty && underway.isEmpty { return end() }
        do {
          for job in jobs { underway.append(try start(job)) }
          var hasMoved = !jobs.isEmpty
          // Each test moves all messages, so one exchange that is not done is enough.
          while !underway.isEmpty, try move(&underway[0], &hasMoved) { finish(underway.removeFirst()) }
          idle = hasMoved ? 0 : idle + 1
          if hasMoved { since = .now }
          if let first = underway.first, .now - since > patience { throw silence(of: first) }
          rest(idle, isAwaited: underway.contains { $0.pending.isAwaited })
        } catch {
          return fail(error, underway.map(\.pending))
        }
      }
    }

    /// Lets other threads have the processor: where one waits for messages, at first for moments, as most arrive soon.
    /// Else it computes, and each look at messages that it does not need yet takes time from it.
    private func rest(_ idle: UInt32, isAwaited: Bool) {
      if idle == 0 { return }
      if !isAwaited { usleep(Self.longNap) } else if idle > Self.yields { usleep(Self.nap) } else { sched_yield() }
    }

    private static let yields: UInt32 = 200
    /// In microseconds. In a long one a link of 10 Gbit/s brings 250 KB, which the system holds.
    private static let (nap, longNap): (UInt32, UInt32) = (50, 200)

    private func start(_ job: Job) throws -> Underway {
      guard let messages = messages_batch_make(job.sending.count + job.receiving.count) else {
        throw MPIError.failed("out of memory")
      }
      for piece in job.receiving {
        try MPIError.check(messages_receive(messages, piece.start, piece.byteCount, Int32(piece.rank)))
      }
      for piece in job.sending {
        try MPIError.check(messages_send(messages, piece.start, piece.byteCount, Int32(piece.rank)))
      }
      return Underway(messages: messages, pending: job.pending)
    }

    /// Whether all of an exchange is done.
    private func move(_ exchange: inout Underway, _ hasMoved: inout Bool) throws -> Bool {
      var (isDone, finished) = (false, 0)
      try MPIError.check(messages_test(exchange.messages, &isDone, &finished))
      if finished > exchange.finished {
        (exchange.finished, hasMoved) = (finished, true)
      }
      return isDone
    }

    private func silence(of exchange: Underway) -> MPIError {
      let silent = (0..<rankCount).filter { messages_awaits(exchange.messages, Int32($0)) }
      return .silent(silent.map { MPIError.Rank(number: $0, machine: machines[$0]) }, patience: patience)
    }

    private func finish(_ exchange: Underway) {
      messages_batch_free(exchange.messages)
      exchange.pending.end(.success(()))
    }
  }

  /// Why messages cannot be exchanged.
  public enum MPIError: Error, CustomStringConvertible, LocalizedError, Equatable {
    /// A rank, and the machine that it is on.
    public struct Rank: Equatable, Sendable {
      public let number: Int
      public let machine: String
    }

    /// Ranks that others have waited for in vain.
    case silent([Rank], patience: Duration)
    /// What MPI says.
    case failed(String)

    static func check(_ code: Int32) throws(MPIError) {
      if code == 0 { return }
      var text = [CChar](repeating: 0, count: 512)
      messages_reason(code, &text, text.count)
      throw .failed(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    public var description: String {
      switch self {
      case .silent(let ranks, let patience):
        ranks.map { "rank \($0.number) on \($0.machine)" }.joined(separator: ", ")
          + " \(ranks.count == 1 ? "has" : "have") been silent for \(patience.components.seconds) s: all ranks end; the "
          + "run resumes from its last checkpoint (TESSERA_RANK_PATIENCE is the number of seconds to wait)"
      case .failed(let reason): "MPI failed: \(reason)"
      }
    }
    public var errorDescription: String? { description }
  }
#endif
