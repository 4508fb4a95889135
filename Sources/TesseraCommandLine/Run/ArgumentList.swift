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
    parts.flatMap { part -> [String] in
      guard let setting = part.setting, let option = setting.option else { return [part.word] }
      // A decision about the files as they are now does not apply to later ones.
      if setting.role == .circumstance { return [] }
      if option.path != nil { return [part.name, part.value.map(Self.absolute) ?? ""] }
      return part.word.contains("=") ? [part.word] : [part.name] + [part.value].compactMap(\.self)
    }
  }

  /// The options that are given, with their dashes.
  var names: Set<String> { Set(parts.filter { $0.setting != nil }.map(\.name)) }

  /// What they say about a run's data.
  ///
  /// - Throws: `RunOptionError`.
  func dataOptions() throws(RunOptionError) -> TrainingOptions {
    let names = Set(RunSection.reading.settings.map(\.optionName) + ["data", "void", "no-void-output", "seed"])
    var given: [String: [String]] = [:]
    for part in parts {
      guard let setting = part.setting, names.contains(setting.optionName) else { continue }
      let value = setting.option?.form == .flag ? true.word : part.value
      if let value { given[setting.optionName, default: []].append(value) }
    }
    return try TrainingOptions(given)
  }

  /// An option with its value, or a word that is no option of a run.
  private struct Part {
    let word, name: String
    let setting: RunSetting?
    /// `nil` for flags.
    let value: String?
  }

  private var parts: [Part] {
    var parts: [Part] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      let name = String(word.prefix { $0 != "=" })
      let setting = Self.settings[name]
      // Options with a value have it in the same word after an equals sign, or in the next word.
      let takesNext = setting != nil && setting?.option?.form != .flag
      let value = word.contains("=") ? String(word.dropFirst(name.count + 1)) : takesNext ? rest.popFirst() : nil
      parts.append(Part(word: word, name: name, setting: setting, value: value))
    }
    return parts
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
