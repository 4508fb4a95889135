import TesseraFiles

/// Writes to standard output as Swift's function of this name, whose place it takes in all files of programs: it never
/// ends a program, and a program ends with an error where something of its output was lost (``AsyncParsableCommand``'s
/// `runProgram`).
public func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  StandardStream.output.write(items.map { "\($0)" }.joined(separator: separator) + terminator)
}
