import Foundation

/// What is wrong with a file of outlines.
public struct AnnotationError: Error, Sendable, Equatable {
  /// The path.
  public let file: String

  /// Everything that is wrong, each with its place in the file.
  public let problems: [String]

  init(_ file: String, _ problems: [String]) { (self.file, self.problems) = (file, problems) }
}

extension AnnotationError: CustomStringConvertible, LocalizedError {
  public var description: String {
    if problems.count == 1 { return "\(file): \(problems[0])" }
    let shown = 10
    return "\(file): \(problems.count) problems:" + problems.prefix(shown).map { "\n  \($0)" }.joined()
      + (problems.count > shown ? "\n  and \(problems.count - shown) more" : "")
  }

  public var errorDescription: String? { description }
}
