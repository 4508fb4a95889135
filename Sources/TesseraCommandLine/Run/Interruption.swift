import ArgumentParser
import Dispatch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns control-C, and the request to end that batch systems send, into the cancellation of a task; a second one ends
/// the process at once.
final class Interruption {
  private static let signals = [SIGINT, SIGTERM]
  private var sources: [any DispatchSourceSignal] = []

  /// Runs `body` until it ends; a signal cancels the task that it runs in.
  func run<Result>(_ body: () async throws -> Result) async throws -> Result {
    try await withUnsafeCurrentTask { task in
      // The handle stays valid while its task runs, and `end` removes the handlers before that is over.
      nonisolated(unsafe) let task = task
      for number in Self.signals {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
          signal(number, SIG_DFL)
          task?.cancel()
        }
        source.resume()
        sources.append(source)
      }
      return try await body()
    }
  }

  /// Takes the handlers away.
  func end() {
    for source in sources { source.cancel() }
    for number in Self.signals { signal(number, SIG_DFL) }
  }
}

/// Runs `body` in a task that control-C or a request to end cancels; what it keeps then is kept, and the exit code is
/// 130.
public func interruptible<Result>(_ body: () async throws -> Result) async throws -> Result {
  let interruption = Interruption()
  defer { interruption.end() }
  do {
    return try await interruption.run(body)
  } catch is CancellationError {
    throw ExitCode(130)
  }
}
