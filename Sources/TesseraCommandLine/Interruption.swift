import Dispatch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns control-C into the cancellation of a task; a second one ends the process at once.
final class Interruption {
  private var source: (any DispatchSourceSignal)?

  /// Runs `body` until it ends; an interrupt cancels the task that it runs in.
  func run<Result>(_ body: () async throws -> Result) async throws -> Result {
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    self.source = source
    return try await withUnsafeCurrentTask { task in
      // The handle stays valid while its task runs, and `end` removes the handler before that is over.
      nonisolated(unsafe) let task = task
      source.setEventHandler {
        signal(SIGINT, SIG_DFL)
        task?.cancel()
      }
      source.resume()
      return try await body()
    }
  }

  /// Takes the handler away.
  func end() {
    source?.cancel()
    signal(SIGINT, SIG_DFL)
  }
}
