import Foundation
import TesseraFiles

/// Ends the process with one line on standard error, without a trap: that the machine has too little memory is no mistake
/// in code, and nothing can be undone without any.
///
/// - Parameters:
///   - bytes: what the system did not give.
///   - held: bytes of tensors that it gave before.
package func endOutOfMemory(_ bytes: Int, besides held: Int) -> Never {
  StandardStream.errors.writeLine(
    "Error: out of memory: the system gives no \(bytes >> 20) MB more for tensors, which hold \(held >> 20) MB; take "
      + "smaller pictures, batches or networks, or raise the limit (ulimit -v)")
  // Handlers of exit() may wait for threads that wait for memory.
  _exit(1)
}
