import TesseraNetworks

/// What can be chosen for a run, and what its record, `config.json`, can hold: one entry of a table, from which follow
/// the option of the command line with its help and bounds, the record, what `--resume` compares, what TensorBoard
/// compares runs by, and what pages and messages call it.
public struct RunSetting: Sendable {
  /// The heading under which people find an entry.
  public enum Group: String, Sendable, CaseIterable {
    case network = "Network"
    case data = "Data"
    case length = "Length"
    case optimization = "Optimization"
    case running = "Running"
    case machine = "Machine"
  }

  /// What an entry means to a resumed run, and to those who compare runs.
  public enum Role: Sendable {
    /// Somebody chose it, and it changes what is computed: a run resumes only with the same value.
    case choice
    /// Somebody chose it, and no result depends on it.
    case free
    /// Follows from choices and data; if it differs, a different run would continue.
    case derived
    /// Belongs to the run itself, or to the machine that it was on.
    case circumstance
  }

  /// The kind of value that TensorBoard compares.
  public enum HyperParameter: Sendable { case number, text, fileName, list, presence }

  /// The name in the record.
  public let key: String
  /// The name for people.
  public let title: String
  public let group: Group
  public let role: Role
  /// `nil` if TensorBoard is not told.
  public let hyperParameter: HyperParameter?
  /// The name on the command line, without the dashes: `learning-rate` of `learningRate`.
  public private(set) var optionName: String
  /// Another name on the command line, in the words of other networks.
  package private(set) var otherName: String?
  /// What messages call an entry that is not an option.
  public let phrase: String?
  /// How it is chosen; `nil` if it follows from choices, data or the machine, or belongs to networks.
  package private(set) var option: TypedOption<TrainingOptions>?
  /// What the command line's help says about it.
  package private(set) var help = ""
  /// What it needs to have an effect; `nil` if nothing.
  package private(set) var condition: OptionCondition?
  /// Whether the record has an entry for the option.
  package private(set) var isRecorded = true

  init(
    _ key: String, _ title: String, _ group: Group, _ role: Role = .choice, as hyperParameter: HyperParameter? = nil,
    phrase: String? = nil
  ) {
    (self.key, self.title, self.group, self.role) = (key, title, group, role)
    (self.hyperParameter, self.phrase) = (hyperParameter, phrase)
    optionName = Self.optionName(of: key)
  }

  /// The same as an option of the command line, by default of its own name.
  func option(
    _ option: TypedOption<TrainingOptions>, named name: String? = nil, or otherName: String? = nil,
    for condition: OptionCondition? = nil,
    recorded isRecorded: Bool = true
  ) -> RunSetting {
    var setting = self
    (setting.option, setting.condition, setting.isRecorded) = (option, condition, isRecorded)
    (setting.optionName, setting.otherName) = (name ?? optionName, otherName)
    return setting
  }

  /// The same with a sentence or two for the command line's help.
  func help(_ help: String) -> RunSetting {
    var setting = self
    setting.help = help
    return setting
  }

  /// The option name of any key, such as those of a network's configuration.
  public static func optionName(of key: String) -> String {
    key.replacing(/[A-Z]/) { "-" + $0.output.lowercased() }
  }

  /// What messages call it.
  package var messageName: String { phrase ?? "--" + optionName }

  /// The word of the value that a record without an entry means; `nil` if that says nothing.
  package var unrecordedWord: String? {
    let usual = TrainingOptions()
    guard isRecorded, let option, option.recorded(usual) == nil else { return nil }
    return option.standard(usual)
  }

  /// In the order in which people read them; what a network's configuration holds is under `model.`.
  public static let all: [RunSetting] = RunSection.all.flatMap(\.settings) + circumstances

  private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

  /// The entry of this name, or the one that contains it: `labelSpace` of `labelSpace.classes`; `nil` for others.
  public static func of(_ key: String) -> RunSetting? {
    byKey[key] ?? byKey[String(key.prefix { $0 != "." })]
  }
}

/// A part of the table, which help shows under a title.
package struct RunSection: Sendable {
  /// Empty if it needs none.
  package let title: String
  /// Options and what belongs to them.
  package let settings: [RunSetting]

  package static let network = RunSection(title: "Network", settings: RunSetting.network)
  /// Of networks that may start from weights of other programs.
  package static let backbone = RunSection(title: network.title, settings: RunSetting.backbone)
  package static let general = RunSection(title: "", settings: RunSetting.general)
  /// The part of the general one that all commands have which read data.
  package static let reading = RunSection(title: "Data", settings: RunSetting.reading)
  package static let recipe = RunSection(title: "Recipe", settings: RunSetting.recipe)
  package static let memory = RunSection(title: "Memory", settings: RunSetting.memory)
  package static let saving = RunSection(title: "Saving and ending", settings: RunSetting.saving)
  package static let board = RunSection(title: "TensorBoard", settings: RunSetting.board)
  package static let all = [network, backbone, general, recipe, memory, saving, board]
}

/// What an option needs to have an effect: one of a few values of another one.
package struct OptionCondition: Sendable {
  let remedy: String
  let current: @Sendable (TrainingOptions) -> String
  let holds: @Sendable (TrainingOptions) -> Bool

  static func schedules(_ names: ScheduleName...) -> OptionCondition { Self("--schedule", \.schedule, names) }
  static func optimizers(_ names: OptimizerName...) -> OptionCondition { Self("--optimizer", \.optimizer, names) }

  /// A loss that compares probabilities with targets.
  static let smoothedLoss = OptionCondition(
    remedy: "--loss cross-entropy, ohem or boundary", current: { $0.loss.word }, holds: { $0.loss.usesLabelSmoothing })

  /// Another network to learn from.
  static let teacher = OptionCondition(
    remedy: "--teacher FILE", current: { _ in "no --teacher" }, holds: { $0.teacher != nil })

  private init(
    remedy: String, current: @escaping @Sendable (TrainingOptions) -> String,
    holds: @escaping @Sendable (TrainingOptions) -> Bool
  ) {
    (self.remedy, self.current, self.holds) = (remedy, current, holds)
  }

  private init<Value: OptionValue & Equatable>(
    _ option: String, _ path: KeyPath<TrainingOptions, Value> & Sendable, _ values: [Value]
  ) {
    let words = values.map(\.word)
    let all = words.count > 1 ? "\(words.dropLast().joined(separator: ", ")) or \(words[words.count - 1])" : words[0]
    self.init(
      remedy: "\(option) \(all)", current: { $0[keyPath: path].word }, holds: { values.contains($0[keyPath: path]) })
  }
}
