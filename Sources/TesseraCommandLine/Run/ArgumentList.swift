import Foundation
import Tessera

/// The words of a command line.
package struct ArgumentList {
  /// As they were given.
  package let words: [String]

  init(_ words: [String]) { self.words = words }

  /// What recreates a run from any folder: without `--resume` and the run's own folder, and with absolute
  /// paths.
  var recorded: [String] {
    var recorded: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      let name = String(word.prefix { $0 != "=" })
      guard let setting = Self.settings[name], let option = setting.option else {
        recorded.append(word)
        continue
      }
      // Options with a value have it in the same word after an equals sign, or in the next word.
      let value =
        word.contains("=") ? String(word.dropFirst(name.count + 1)) : option.form == .flag ? nil : rest.popFirst()
      // A decision about the files as they are now does not apply to later ones.
      if setting.role == .circumstance { continue }
      if option.path != nil {
        recorded += [name, value.map(Self.absolute) ?? ""]
      } else {
        recorded += word.contains("=") ? [word] : [name] + [value].compactMap(\.self)
      }
    }
    return recorded
  }

  /// The options of a run by their names with dashes.
  private static let settings = RunSetting.all.filter { $0.option != nil }.reduce(into: [String: RunSetting]()) {
    for name in [$1.optionName, $1.otherName].compactMap(\.self) { $0["--" + name] = $1 }
  }

  /// The same words with each negative number joined to the option before it: the parser takes what begins with a dash
  /// for an option, and says that a value is missing.
  static func withNegativeNumbers(_ words: [String]) -> [String] {
    let end = words.firstIndex(of: "--") ?? words.endIndex
    return words[..<end].reduce(into: [String]()) { joined, word in
      if word.hasPrefix("-"), Double(word) != nil, let option = joined.last, option.hasPrefix("--"),
        !option.contains("=")
      {
        joined[joined.count - 1] += "=\(word)"
      } else {
        joined.append(word)
      }
    } + words[end...]
  }

  /// A list of numbers is not a path, and stays as it is; the name of downloaded weights becomes their path.
  static func absolute(_ word: String) -> String {
    let path = (try? PublishedWeights.path(word)) ?? word
    return FileManager.default.fileExists(atPath: path) ? URL(fileURLWithPath: path).standardizedFileURL.path : path
  }
}
