/// The code of a document.
struct Markdown {
  struct Block {
    let language: String
    var text = ""
  }

  /// Fenced blocks.
  private(set) var blocks: [Block] = []

  /// What stands in backticks within a line.
  private(set) var spans: [String] = []

  init(_ text: String) {
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isInside.toggle()
        if isInside { blocks.append(Block(language: String(line.dropFirst(3)))) }
      } else if isInside {
        blocks[blocks.count - 1].text += line + "\n"
      } else {
        spans += line.matches(of: #/`([^`]+)`/#).map { String($0.1) }
      }
    }
  }

  /// Spans and the blocks' commands: one a line, continued lines joined, without comments.
  var code: [String] {
    let lines = blocks.flatMap { $0.text.replacing("\\\n", with: " ").split(separator: "\n") }
    return spans + lines.map { String($0.prefix(upTo: $0.firstRange(of: " #")?.lowerBound ?? $0.endIndex)) }
  }
}
