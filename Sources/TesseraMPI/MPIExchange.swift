#if MPI
  import CMessages
  import Foundation
  import Synchronization
  import TesseraTensors
  import TesseraTraining

  /// The processes that `mpirun`, or a batch system's launcher, has started together.
  ///
  /// ```swift
  /// let exchange = try MPIExchange.join()
  /// let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.001), exchange: exchange)
  /// try await trainer.fit(training, epochs: 10)
  /// exchange?.leave()
  /// ```
  /// A thread of its own moves the messages, so they go on while the trainer computes. It is the only one that calls
  /// MPI between ``join(waiting:)`` and ``leave()``.
  public final class MPIExchange: GradientExchange {
    public let rank: Int
    public let rankCount: Int
    /// The name of the machine that each rank is on.
    public let machines: [String]

    /// How long a rank may be silent while this one waits for it.
    let patience: Duration
    private let state = Mutex(State())
    private let hasWork = DispatchSemaphore(value: 0)
    private let hasEnded = DispatchSemaphore(value: 0)

    private struct State {
      var jobs: [Job] = []
      /// Why nothing can be exchanged anymore.
      var error: (any Error)?
      var isLeaving = false
    }

    /// An exchange that was asked for.
    struct Job: Sendable {
      let sending: [ExchangePiece]
      let receiving: [ExchangePiece]
      let pending: PendingExchange
    }

    /// Joins the run; once in a process, before it trains.
    ///
    /// - Parameter patience: how long a rank may be silent while others wait for it, before all end.
    /// - Returns: `nil` if no launcher has started this process, or only this one.
    /// - Throws: `MPIError`, or why the system starts no thread.
    public static func join(waiting patience: Duration = .seconds(600)) throws -> MPIExchange? {
      guard let process = LaunchedProcess.current, process.count != 1 else { return nil }
      try MPIError.check(messages_join())
      let exchange = MPIExchange(try machines(), patience)
      try DetachedThread.start { exchange.moveMessages() }
      return exchange
    }

    private init(_ machines: [String], _ patience: Duration) {
      (rank, rankCount) = (Int(messages_rank()), Int(messages_rank_count()))
      self.machines = machines
      // Rank 0 is the first to lose patience, so that it can say why.
      self.patience = rank == 0 ? patience : patience + .seconds(5)
    }

    private static func machines() throws(MPIError) -> [String] {
      let length = 256
      var names = [CChar](repeating: 0, count: length * Int(messages_rank_count()))
      try MPIError.check(messages_machines(&names, Int32(length)))
      return stride(from: 0, to: names.count, by: length).map { start in
        String(decoding: names[start...].prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }

    public func begin(sending: [ExchangePiece], receiving: [ExchangePiece]) -> PendingExchange {
      let pending = PendingExchange()
      let error = state.withLock { state in
        if state.error == nil { state.jobs.append(Job(sending: sending, receiving: receiving, pending: pending)) }
        return state.error
      }
      if let error { pending.end(.failure(error)) } else { hasWork.signal() }
      return pending
    }

    /// Leaves the run, at the end of the process. Where nothing can be exchanged anymore, as with a rank that is
    /// silent, it ends all ranks.
    public func leave() {
      let isBroken = state.withLock { state in
        state.isLeaving = true
        return state.error != nil
      }
      if isBroken { return messages_abort(1) }
      hasWork.signal()
      hasEnded.wait()
      messages_leave()
    }

    // MARK: - The thread that moves messages

    func waitForWork() { hasWork.wait() }

    func takeJobs() -> (jobs: [Job], isLeaving: Bool) {
      state.withLock { state in
        defer { state.jobs = [] }
        return (state.jobs, state.isLeaving)
      }
    }

    func end() { hasEnded.signal() }

    /// Ends everything that is underway or asked for.
    func fail(_ error: any Error, _ underway: [PendingExchange]) {
      let waiting = state.withLock { state in
        defer { state.jobs = [] }
        state.error = error
        return state.jobs.map(\.pending)
      }
      for pending in underway + waiting { pending.end(.failure(error)) }
    }
  }
#endif
