import Foundation

/// A run's options with names for people, in groups.
struct OptionGroups {
  struct Group {
    let title: String
    let entries: [(name: String, value: String)]
  }

  let groups: [Group]

  /// Names of records, and how people call them, by group.
  private static let known: [(title: String, names: [(key: String, name: String)])] = [
    (
      "Network",
      [
        ("model", "network"), ("parameterCount", "parameters"), ("model.width", "width"), ("model.dropout", "dropout"),
        ("model.classes", "outputs"), ("model.head", "head"), ("initialWeights", "initial weights"),
        ("model.normalization.order", "channel order"),
        ("model.normalization.mean", "channel means"), ("model.normalization.deviation", "channel deviations"),
      ]
    ),
    (
      "Data",
      [
        ("data", "data"), ("trainingSamples", "training pictures"), ("validationSamples", "validation pictures"),
        ("labelSpace.void", "void value"), ("imageSize", "image size"), ("augmentation", "augmentation"),
        ("shuffles", "shuffled"), ("cache", "cache"), ("dataFiles", "checksum of file names and sizes"),
      ]
    ),
    (
      "Length",
      [
        ("epochs", "epochs"), ("stepsPerEpoch", "steps per epoch"), ("validationSteps", "validation steps"),
        ("batchSize", "batch size"), ("accumulate", "batches per step"), ("patience", "patience, epochs"),
        ("timeLimit", "time limit, minutes"),
      ]
    ),
    (
      "Optimization",
      [
        ("optimizer", "optimizer"), ("learningRate", "learning rate"), ("schedule", "schedule"),
        ("warmUp", "warm-up, steps"), ("scheduleSteps", "stretched over, steps"), ("finalRate", "final rate"),
        ("decayFactor", "decay factor"), ("decaySteps", "decay every, steps"),
        ("plateauPatience", "plateau patience, epochs"), ("weightDecay", "weight decay"),
        ("decaysBiases", "decays biases"), ("clipNorm", "clip norm"), ("clipValue", "clip value"),
        ("averageDecay", "decay of averaged weights"), ("freeze", "frozen"), ("labelSmoothing", "label smoothing"),
        ("classWeights", "class weights"),
      ]
    ),
    (
      "Running",
      [
        ("seed", "seed"), ("threads", "threads"), ("loaderThreads", "loader threads"), ("keepBest", "best epochs kept"),
        ("saveEvery", "saved every, minutes"), ("started", "started"), ("output", "folder"),
      ]
    ),
    (
      "Machine",
      [
        ("processor", "processor"), ("cores", "cores"), ("instructionSet", "vector instructions"),
        ("memoryMegabytes", "memory, MB"), ("operatingSystem", "system"), ("swift", "Swift"), ("tessera", "Tessera"),
      ]
    ),
  ]

  /// Not for people: long, or told elsewhere.
  private static let hidden: Set = ["arguments", "format", "labelSpace.classes"]

  init(_ options: RunOptions) {
    var values = options.values.filter { !Self.hidden.contains($0.key) }
    values["model"] = options.model
    var groups: [Group] = []
    for (title, names) in Self.known {
      let entries = names.compactMap { key, name in
        values.removeValue(forKey: key).flatMap { Self.text($0, of: key) }.map { (name: name, value: $0) }
      }
      if !entries.isEmpty { groups.append(Group(title: title, entries: entries)) }
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
    known.flatMap(\.names).first { $0.key == key }?.name ?? key
  }

  /// - Returns: `nil` for empty lists.
  static func text(_ value: String, of key: String) -> String? {
    let counts: Set = ["parameterCount", "trainingSamples", "validationSamples", "memoryMegabytes"]
    if value == "[]" || value == "{}" { return nil }
    if counts.contains(key), let count = Int(value) { return Figures.grouped(count) }
    if key == "started" { return Figures.date(value) }
    if key == "imageSize" { return "\(value) × \(value)" }
    return value.hasPrefix("[") && value.hasSuffix("]") ? String(value.dropFirst().dropLast()) : value
  }
}
