import TesseraFiles

/// The kinds of lines on standard error that are not progress; each line begins with the raw value.
public enum Notice: String, Sendable {
  case error = "Error:"
  case warning = "Warning:"
  case note = "note:"
  case hint = "hint:"

  private var styles: (TextStyle, TextStyle) {
    switch self {
    case .error: (.bold, .red)
    case .warning: (.bold, .yellow)
    case .note, .hint: (.bold, .cyan)
    }
  }

  /// The line, its beginning in color where the terminal supports it; whatever the text contains, it cannot move the
  /// cursor.
  public func line(_ text: String, for terminal: Terminal = .standardError) -> String {
    "\(terminal.styled(rawValue, styles.0, styles.1)) \(text.safeForTerminal)"
  }

  /// Writes the line to standard error, below a status line where one is drawn.
  public func write(_ text: String) { StandardStream.errors.writeLine(line(text)) }
}
