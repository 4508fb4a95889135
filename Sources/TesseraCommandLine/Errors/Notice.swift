import Foundation
import TesseraTerminal

/// The kinds of lines on standard error that are no progress; the raw value begins the line.
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

  /// The line, its beginning in color where the terminal has any; whatever the text holds, it cannot move the cursor.
  public func line(_ text: String, for terminal: Terminal = .standardError) -> String {
    "\(terminal.styled(rawValue, styles.0, styles.1)) \(text.safeForTerminal)"
  }

  /// Writes the line to standard error.
  public func write(_ text: String) { FileHandle.standardError.write(Data((line(text) + "\n").utf8)) }
}
