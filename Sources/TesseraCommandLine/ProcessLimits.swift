import Foundation
import Tessera

/// What the system must grant a program, whatever it does: requested at startup, because threads that cannot be created
/// and files that cannot be opened later end in hangs and traps of the runtime.
enum ProcessLimits {
  /// A run's own files, those of its data, the runtime's.
  private static let files: rlim_t = 32

  /// The runtime's own threads, besides those of a computation.
  private static let runtimeThreads = 4

  /// - Throws: `ProcessLimitError`.
  static func check() throws(ProcessLimitError) {
    try checkFiles()
    try check(threads: AvailableProcessors.count)
  }

  /// Checks for as many threads as a computation is about to start: a thread that a loader cannot start fails silently.
  ///
  /// - Throws: `ProcessLimitError`.
  static func check(threads: Int) throws(ProcessLimitError) {
    try makeThreads(threads + runtimeThreads)
  }

  /// Raises the limit as far as allowed.
  private static func checkFiles() throws(ProcessLimitError) {
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0, limit.rlim_cur < files else { return }
    limit.rlim_cur = min(files, limit.rlim_max)
    guard setrlimit(kind, &limit) == 0, limit.rlim_cur == files else {
      throw .fewFiles(Int(limit.rlim_cur), needed: Int(files))
    }
  }

  /// Creates threads that do nothing, all at once.
  private static func makeThreads(_ count: Int) throws(ProcessLimitError) {
    var threads: [pthread_t] = []
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    // They do nothing, and address space may be short; libraries' thread-local variables have their place in it.
    pthread_attr_setstacksize(&attributes, 1 << 20)
    let gate = DispatchSemaphore(value: 0)
    while threads.count < count {
      var thread = pthread_t()
      let argument = Unmanaged.passRetained(gate).toOpaque()
      let code = pthread_create(
        &thread, &attributes,
        { gate in
          if let gate { Unmanaged<DispatchSemaphore>.fromOpaque(gate).takeRetainedValue().wait() }
          return nil
        }, argument)
      guard code == 0 else { break }
      threads.append(thread)
    }
    for _ in threads { gate.signal() }
    for thread in threads { pthread_join(thread, nil) }
    if threads.count < count { throw .fewThreads(threads.count, needed: count) }
  }
}

/// Why none of these programs can work here.
enum ProcessLimitError: Error, CustomStringConvertible, LocalizedError {
  case fewFiles(Int, needed: Int)
  case fewThreads(Int, needed: Int)

  var description: String {
    switch self {
    case .fewFiles(let count, let needed):
      "this process may open \(count) files, and needs \(needed); raise the limit (ulimit -n)"
    case .fewThreads(let count, let needed):
      "this process may start \(count) more threads, and needs \(needed); raise the limit (ulimit -u, or the "
        + "container's)"
    }
  }
  var errorDescription: String? { description }
}
