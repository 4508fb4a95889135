import Foundation
import TesseraFiles

/// A thread that is on its own once it runs.
///
/// Foundation's `Thread` says nothing where the system refuses one, and whoever then waits for its work waits forever.
package enum DetachedThread {
  /// Starts a thread that runs `body`.
  ///
  /// - Throws: `ThreadError` if the system refuses it.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    let context = Unmanaged.passRetained(Box(body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, &attributes,
      { context in
        if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw ThreadError(reason: systemReason(of: code))
    }
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

/// Why the system starts no thread.
package struct ThreadError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// In the system's words: "Resource temporarily unavailable".
  package let reason: String

  package var description: String {
    "out of memory: the system starts no thread (\(reason)); raise the limit of address space or of threads (ulimit -v, "
      + "ulimit -u)"
  }
  package var errorDescription: String? { description }
}
