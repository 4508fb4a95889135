import TesseraImaging

/// A picture or mask that cannot be read, and why.
public struct UnreadableFile: Sendable, Equatable {
  public let file: String

  /// The reason as in the error's message, without the file.
  public let reason: String

  /// - Parameters:
  ///   - file: the path of the file.
  ///   - error: what reading it threw.
  public init(_ file: String, _ error: any Error) {
    self.file = file
    reason = (error as? any PictureFault)?.reason ?? "\(error)"
  }

  /// One example of each reason, the most common first, and how many more files have it.
  public static func summary(of files: [UnreadableFile]) -> String {
    let groups = Dictionary(grouping: files, by: \.reason).values
      .sorted { ($1.count, $0[0].file) < ($0.count, $1[0].file) }
    let shown = 3
    let sentences = groups.prefix(shown).map { group in
      "\(group[0].file): \(group[0].reason)" + (group.count > 1 ? " (\(group.count - 1) more like it)" : "")
    }
    let rest = groups.dropFirst(shown).reduce(0) { $0 + $1.count }
    return sentences.joined(separator: "; ") + (rest > 0 ? "; and \(rest) for other reasons" : "")
  }
}
