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
/// `precondition` prints nothing under `-O`; a shape mistake must still say operation, expectation and arrival.
@inlinable
public func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition() { fail(message(), file: file, line: line) }
}

private let isEnding = Atomic(false)

/// Ends the program with one line and the exit code 1 where memory is wanting, which nothing above can mend.
///
/// No trap: nobody's code is wrong, and a backtrace would hide what to do.
package func stopForWantOfMemory(_ message: String) -> Never {
  // Several threads may want memory at once; one line says it.
  while isEnding.exchange(true, ordering: .relaxed) { sleep(1) }
  StandardStream.errors.writeLine("Error: out of memory: \(message)")
  // Handlers of exit() may wait for threads that wait for memory.
  _exit(1)
}

/// Stops the program with `message`: the end of every mistake in code (mistakes in the world throw instead).
@inlinable
public func fail(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  fatalError(message, file: file, line: line)
}
