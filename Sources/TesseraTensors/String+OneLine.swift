extension String {
  /// The text with control characters spelled out, so that it stays on one line whatever a file's names contain.
  package var onOneLine: String {
    unicodeScalars.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined()
  }
}
