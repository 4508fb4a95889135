import Foundation

/// The words of a command line.
package struct ArgumentList {
  /// As they were given.
  package let words: [String]

  init(_ words: [String]) { self.words = words }

  /// What recreates a run from any folder: without `--resume` and the run's own folder, and with absolute
  /// paths.
  var recorded: [String] {
    var recorded: [String] = []
    var index = 0
    while index < words.count {
      let word = words[index]
      let name = String(word.prefix { $0 != "=" })
      // Options with a value have it in the same word after an equals sign, or in the next word.
      let hasOwnWord = !word.contains("=") && (Self.paths.contains(name) || name == "--output")
      let value =
        hasOwnWord
        ? words.dropFirst(index + 1).first : word.contains("=") ? String(word.dropFirst(name.count + 1)) : nil
      switch name {
      // A decision about the files as they are now does not apply to later ones.
      case "--resume", "--output", "--accept-changed-data": break
      case _ where Self.paths.contains(name): recorded += [name, value.map(Self.absolute) ?? ""]
      default: recorded.append(word)
      }
      index += hasOwnWord ? 2 : 1
    }
    return recorded
  }

  private static let paths: Set = ["--data", "--initial-weights", "--backbone-weights", "--class-weights", "--cache"]

  /// A list of numbers is not a path, and stays as it is.
  static func absolute(_ path: String) -> String {
    FileManager.default.fileExists(atPath: path) ? URL(fileURLWithPath: path).standardizedFileURL.path : path
  }
}
