import ArgumentParser
import Dispatch
import Foundation

/// Turns requests to end from people, terminals and batch systems into the cancellation of a task, and their warnings
/// into a request to save.
///
/// | signal | from | what |
/// |---|---|---|
/// | `SIGINT`, `SIGTERM` | control-C; `kill`, batch systems | ends; the second one at once |
/// | `SIGHUP` | a lost terminal or connection | ends, unless it is ignored (`nohup`) |
/// | `SIGXCPU` | a limit on computing time | ends |
/// | `SIGUSR1`, `SIGUSR2` | batch systems' warnings, people | saves and continues |
///
/// `SIGQUIT` (control-\\) ends at once, as always.
final class Interruption {
  private typealias Handler = @convention(c) (Int32) -> Void
  private var sources: [any DispatchSourceSignal] = []
  private var former: [(signal: Int32, handler: Handler?)] = []

  /// Runs `body` until it ends; a signal cancels the task that it runs in.
  func run<Result>(saving save: (@Sendable () -> Void)?, _ body: () async throws -> Result) async throws -> Result {
    try await withUnsafeCurrentTask { task in
      // The handle stays valid while its task runs, and `end` removes the handlers before that is over.
      nonisolated(unsafe) let task = task
      for number in [SIGINT, SIGTERM] {
        handle(number) {
          signal(number, SIG_DFL)
          task?.cancel()
        }
      }
      // These come again by themselves, which is no second request.
      for number in [SIGHUP, SIGXCPU] where !(number == SIGHUP && Self.isIgnored(number)) {
        handle(number) { task?.cancel() }
      }
      if let save { for number in [SIGUSR1, SIGUSR2] { handle(number, save) } }
      return try await body()
    }
  }

  /// Removes the handlers.
  func end() {
    for source in sources { source.cancel() }
    for (number, handler) in former { signal(number, handler) }
  }

  private func handle(_ number: Int32, _ body: @escaping @Sendable () -> Void) {
    former.append((number, signal(number, SIG_IGN)))
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler(handler: body)
    source.resume()
    sources.append(source)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    return sigaction(number, nil, &action) == 0
      && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// Runs `body` in a task that control-C or a request to end cancels; what it saves then is kept, and the exit code is
/// 130.
///
/// - Parameter save: what a batch system's warning calls, from any thread; without it such a warning ends the process.
public func interruptible<Result>(
  saving save: (@Sendable () -> Void)? = nil, _ body: () async throws -> Result
) async throws -> Result {
  let interruption = Interruption()
  defer { interruption.end() }
  do {
    return try await interruption.run(saving: save, body)
  } catch is CancellationError {
    throw ExitCode(130)
  }
}
