import Synchronization
import TesseraFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Stops the program with `message` unless `condition` holds, in release builds too.
///
/// `precondition` prints nothing under `-O`; a shape mistake must still name the operation, what it expected and what
/// it got.
@inlinable
public func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition() { fail(message(), file: file, line: line) }
}

private let isEnding = Atomic(false)

/// Ends the program with one line and exit code 1 when memory runs out, which no caller can fix.
///
/// Not a trap: no code is wrong, and a backtrace would hide what to do.
package func stopForWantOfMemory(_ message: String) -> Never {
  // Several threads may run out of memory at once; one line suffices.
  while isEnding.exchange(true, ordering: .relaxed) { sleep(1) }
  // Not even a rank that others speak for can leave this to them.
  StandardStream.errors.setSilent(false)
  StandardStream.errors.writeLine("Error: out of memory: \(message)")
  // Handlers of exit() may wait for threads that wait for memory.
  _exit(1)
}

/// Stops the program with `message`: for mistakes in code (anything wrong outside the program throws instead).
@inlinable
public func fail(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  fatalError(message, file: file, line: line)
}
