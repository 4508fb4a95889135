import ArgumentParser
import Dispatch
import Foundation
import Glibc
import TesseraTerminal

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
  private var source: (any DispatchSourceRead)?
  private var former: [(signal: Int32, handler: Handler?)] = []

  /// Runs `body` until it ends; a signal cancels the task that it runs in.
  func run<Result>(saving save: (@Sendable () -> Void)?, _ body: () async throws -> Result) async throws -> Result {
    try await withUnsafeCurrentTask { task in
      // The handle stays valid while its task runs, and `end` removes the handlers before that is over.
      nonisolated(unsafe) let task = task
      var actions: [Int32: @Sendable () -> Void] = [:]
      for number in [SIGINT, SIGTERM] {
        actions[number] = {
          signal(number, SIG_DFL)
          task?.cancel()
        }
      }
      // These come again by themselves, which is no second request.
      for number in [SIGHUP, SIGXCPU] where !(number == SIGHUP && Self.isIgnored(number)) {
        actions[number] = { task?.cancel() }
      }
      if let save { for number in [SIGUSR1, SIGUSR2] { actions[number] = save } }
      begin(actions)
      return try await body()
    }
  }

  /// Without a pipe signals do what they do by themselves.
  private func begin(_ actions: [Int32: @Sendable () -> Void]) {
    guard let pipe = SignalPipe.shared else { return }
    _ = pipe.numbers()  // Of signals that nobody waited for.
    let source = DispatchSource.makeReadSource(fileDescriptor: pipe.reading, queue: .global())
    source.setEventHandler { for number in pipe.numbers() { actions[number]?() } }
    source.resume()
    self.source = source
    for number in actions.keys { former.append((number, signal(number) { SignalPipe.shared?.write($0) })) }
  }

  /// Removes the handlers.
  func end() {
    for (number, handler) in former { signal(number, handler) }
    source?.cancel()
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    return sigaction(number, nil, &action) == 0
      && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// The pipe into which handlers write the numbers of signals: a handler reaches only what is global, and may do little
/// else. Dispatch's own sources of signals do not serve, since those of a signal work only once in a process.
private struct SignalPipe: Sendable {
  /// `nil` if there are no more descriptors.
  static let shared: SignalPipe? = {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      // Nobody waits for it, and programs that are started get no end of it.
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    return SignalPipe(reading: ends[0], writing: ends[1])
  }()

  let reading: Int32
  private let writing: Int32

  /// What may be called in a handler.
  func write(_ number: Int32) {
    let error = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = Glibc.write(writing, &byte, 1)
    errno = error
  }

  /// The signals that came since it was last asked.
  func numbers() -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(reading, &bytes, bytes.count)
    return bytes.prefix(max(0, count)).map(Int32.init)
  }
}

/// Runs `body` in a task that control-C or a request to end cancels; what it saves then is kept, and the exit code is
/// 130.
///
/// - Parameters:
///   - save: what a batch system's warning calls, from any thread; without it such a warning ends the process.
///   - words: the line that says that it was cancelled; `nil` if `body` says so itself.
///   - body: what is done until it ends or is cancelled.
/// - Throws: `ExitCode` 130 if it was cancelled, or what `body` throws.
public func interruptible<Result>(
  saving save: (@Sendable () -> Void)? = nil, telling words: String? = nil, _ body: () async throws -> Result
) async throws -> Result {
  let interruption = Interruption()
  defer { interruption.end() }
  do {
    return try await interruption.run(saving: save, body)
  } catch is CancellationError {
    if let words { StatusLine().finish(words) }
    throw ExitCode(130)
  }
}
