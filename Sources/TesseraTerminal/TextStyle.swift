/// How a piece of text stands out; the raw value is its number among the terminals' attributes (ECMA-48, SGR).
public enum TextStyle: Int, Sendable {
  case bold = 1
  case faint = 2
  case red = 31
  case green = 32
  case yellow = 33
  case cyan = 36
}

extension Terminal {
  /// The text in these styles; unchanged if there are no colors.
  public func styled(_ text: String, _ styles: TextStyle...) -> String {
    guard colors > .none, !text.isEmpty, !styles.isEmpty else { return text }
    return "\u{1B}[\(styles.map { "\($0.rawValue)" }.joined(separator: ";"))m\(text)\u{1B}[0m"
  }
}
