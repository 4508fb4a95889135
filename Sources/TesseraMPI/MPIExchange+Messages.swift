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
      /// When something last arrived or left.
      var since = ContinuousClock.now
    }

    /// The loop of the thread that moves messages.
    func moveMessages() {
      var underway: [Underway] = []
      var idle: UInt32 = 0
      while true {
        if underway.isEmpty { waitForWork() }
        let (jobs, isLeaving) = takeJobs()
        if isLeaving && jobs.isEmpty && underway.isEmpty { return end() }
        do {
          for job in jobs { underway.append(try start(job)) }
          var hasMoved = !jobs.isEmpty
          for index in underway.indices.reversed() {
            let isDone = try move(&underway[index], &hasMoved)
            if isDone { finish(underway.remove(at: index)) }
          }
          idle = hasMoved ? 0 : idle + 1
          rest(idle)
        } catch {
          return fail(error, underway.map(\.pending))
        }
      }
    }

    /// Lets other threads have the processor: at first for moments, as most messages arrive soon.
    private func rest(_ idle: UInt32) {
      if idle > Self.yields { usleep(Self.nap) } else if idle > 0 { sched_yield() }
    }

    private static let yields: UInt32 = 200
    /// In microseconds.
    private static let nap: UInt32 = 50

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
        (exchange.finished, exchange.since, hasMoved) = (finished, .now, true)
      } else if ContinuousClock.now - exchange.since > patience {
        let silent = (0..<rankCount).filter { messages_awaits(exchange.messages, Int32($0)) }
        throw MPIError.silent(silent.map { MPIError.Rank(number: $0, machine: machines[$0]) }, patience: patience)
      }
      return isDone
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
