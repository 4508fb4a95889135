import TesseraFiles

/// Writes to standard output like Swift's function of this name, which it replaces in all files of programs: it never
/// ends a program, but a program ends with an error if part of its output was lost (``AsyncParsableCommand``'s
/// `runProgram`).
package func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  StandardStream.output.write(items.map { "\($0)" }.joined(separator: separator) + terminator)
}
