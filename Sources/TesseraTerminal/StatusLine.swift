import TesseraFiles

/// A line on standard error that is redrawn in place; nothing where that is not possible.
public final class StatusLine {
  public let terminal: Terminal
  private let output: (String) -> Void
  /// The number of columns that the line takes.
  private var length = 0

  /// - Parameters:
  ///   - terminal: standard error's by default.
  ///   - output: where text goes; standard error by default.
  public init(terminal: Terminal = .standardError, output: ((String) -> Void)? = nil) {
    self.terminal = terminal
    self.output = output ?? StandardStream.errors.write
  }

  deinit {
    // The operation in progress failed: the message starts on a new line.
    if length > 0 { output("\n") }
  }

  /// Draws the line over the previous one.
  ///
  /// - Parameter line: without styles; truncated to the terminal's width.
  public func draw(_ line: String) {
    guard terminal.canRedraw else { return }
    // In some terminals a line that fills the last column moves on to the next row.
    let room = terminal.width.map { max($0 - 1, 1) } ?? Int.max
    let safe = line.safeOnOneLine
    let line = safe.count <= room ? safe : String(safe.prefix(room))
    output("\r" + line + String(repeating: " ", count: max(0, min(length, room) - line.count)))
    length = line.count
  }

  /// Writes a line that stays, in place of the status line; without styles.
  public func finish(_ line: String) {
    let line = line.safeOnOneLine
    if terminal.canRedraw {
      output("\r" + line + String(repeating: " ", count: max(0, length - line.count)) + "\n")
    } else {
      output(line + "\n")
    }
    length = 0
  }

  /// Erases the line.
  public func clear() {
    guard length > 0 else { return }
    output("\r" + String(repeating: " ", count: length) + "\r")
    length = 0
  }
}
