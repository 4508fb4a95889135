import TesseraTraining

/// A run's options with names for people, in groups.
struct OptionGroups {
  struct Group {
    let title: String
    let entries: [(name: String, value: String)]
  }

  let groups: [Group]

  /// Not for people: long, or shown elsewhere.
  private static let hidden: Set = ["arguments", "format", "labelSpace.classes"]

  init(_ options: RunOptions) {
    var values = options.values.filter { !Self.hidden.contains($0.key) }
    values["model"] = options.model
    var groups: [Group] = []
    for group in RunSetting.Group.allCases {
      let entries = RunSetting.all.filter { $0.group == group }.compactMap { setting in
        values.removeValue(forKey: setting.key).flatMap { Self.text($0, of: setting.key) }
          .map { (name: setting.title, value: $0) }
      }
      if !entries.isEmpty { groups.append(Group(title: group.rawValue, entries: entries)) }
    }
    // Rates of single parameters, normalization, and whatever later versions record.
    let others = values.sorted { $0.key < $1.key }.compactMap { key, value in
      Self.text(value, of: key).map { (name: key, value: $0) }
    }
    if !others.isEmpty { groups.insert(Group(title: "More", entries: others), at: max(0, groups.count - 1)) }
    self.groups = groups
  }

  /// What an option is called.
  static func name(of key: String) -> String {
    RunSetting.all.first { $0.key == key }?.title ?? key
  }

  /// - Returns: `nil` for empty lists.
  static func text(_ value: String, of key: String) -> String? {
    let counts: Set = ["parameterCount", "trainingSamples", "validationSamples", "memoryMegabytes"]
    if value == "[]" || value == "{}" { return nil }
    if counts.contains(key), let count = Int(value) { return Figures.grouped(count) }
    if key == "started" { return Figures.date(value) }
    if key == "imageSize" { return Figures.size(value) }
    if value.hasPrefix("[") && value.hasSuffix("]") { return String(value.dropFirst().dropLast()) }
    // An imported network's graph is one word of thousands of letters.
    return value.contains(" ") || value.count <= mostLetters ? value : value.prefix(mostLetters) + "…"
  }

  private static let mostLetters = 200
}
