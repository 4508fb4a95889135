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

/// Stops the program with `message`: the end of every mistake in code (mistakes in the world throw instead).
@inlinable
public func fail(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  fatalError(message, file: file, line: line)
}
