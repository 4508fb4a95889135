/// A status line in parts; the less important ones are dropped in narrow terminals.
public struct LineLayout {
  /// A part of the line.
  public struct Part {
    let text: (_ isNarrow: Bool) -> String
    let importance: Int
    /// Whether it is a bar, which only makes sense in a line that is redrawn.
    public let isBar: Bool

    /// - Parameters:
    ///   - text: what the part shows.
    ///   - importance: the least important part is dropped first; of equal ones, the last.
    public init(_ text: String, importance: Int) {
      (self.text, self.importance, isBar) = ({ _ in text }, importance, false)
    }

    /// A bar `[=====>    ]` of 20 columns, or 10 where space is short.
    ///
    /// - Parameters:
    ///   - share: the part that is filled, from 0 to 1.
    ///   - importance: the least important part is dropped first.
    public static func bar(_ share: Double, importance: Int) -> Part {
      Part(bar: { LineLayout.bar(share, length: $0 ? 10 : 20) }, importance: importance)
    }

    private init(bar: @escaping (Bool) -> String, importance: Int) {
      (text, self.importance, isBar) = (bar, importance, true)
    }
  }

  private let parts: [Part]

  public init(_ parts: [Part]) { self.parts = parts }

  /// The line, which fits into `width` columns if its most important part does.
  public func line(width: Int?) -> String {
    var kept = parts
    var isNarrow = false
    while true {
      let line = kept.map { $0.text(isNarrow) }.joined(separator: "  ")
      guard let width, line.count >= width, kept.count > 1 else { return line }
      if !isNarrow {
        isNarrow = true
      } else if let least = kept.map(\.importance).min(),
        let place = kept.lastIndex(where: { $0.importance == least })
      {
        kept.remove(at: place)
      }
    }
  }

  private static func bar(_ share: Double, length: Int) -> String {
    // The smallest excess keeps 3 of 10 times 20 from being 5.999.
    let filled = Int(max(0, min(share, 1)) * Double(length) + 1e-9)
    let line = String(repeating: "=", count: max(0, filled - 1)) + (filled > 0 ? ">" : "")
    return "[\(line)\(String(repeating: " ", count: length - line.count))]"
  }
}

/// Hours, minutes and seconds: `0:01:57`.
public func clockTime(_ seconds: Double) -> String {
  // Beyond a hundred days the number is meaningless.
  let whole = seconds.isFinite ? Int(min(max(seconds, 0), 8_640_000).rounded()) : 8_640_000
  let parts = [whole / 60 % 60, whole % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
  return "\(whole / 3600):\(parts[0]):\(parts[1])"
}
