extension String {
  /// The text as it may be written to a terminal: characters that would move the cursor, change colors or reverse the
  /// direction of writing, as the name of a file or a class might, are spelled out (`\u{1B}`); line feeds and tabs
  /// stay.
  public var safeForTerminal: String { spellingOut { $0.isUnsafe && $0 != "\n" && $0 != "\t" } }

  /// The same on one line: line feeds and tabs are spelled out as well.
  public var safeOnOneLine: String { spellingOut(\.isUnsafe) }

  /// The text if it has at most `limit` code points, else that many with an ellipsis at the end; the time does not
  /// depend on the length of the text.
  package func shortened(to limit: Int) -> String {
    let scalars = unicodeScalars
    guard let end = scalars.index(startIndex, offsetBy: limit, limitedBy: endIndex), end < endIndex else { return self }
    return String(String.UnicodeScalarView(scalars.prefix(limit - 1))) + "…"
  }

  private func spellingOut(_ isUnsafe: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: isUnsafe) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      if isUnsafe(scalar) { result += scalar.escaped(asASCII: true) } else { result.unicodeScalars.append(scalar) }
    }
    return result
  }
}

extension Unicode.Scalar {
  fileprivate var isUnsafe: Bool {
    switch value {
    // Control characters, and those of Unicode that embed, override or isolate a direction or end a line.
    case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
