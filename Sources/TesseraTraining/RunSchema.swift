/// What a run's record, `config.json`, can hold: one line per entry, which determines what `--resume` compares, what
/// TensorBoard compares runs by, and what pages and messages call it.
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
  /// What messages call an entry without an option of its name.
  public let phrase: String?

  private init(
    _ key: String, _ title: String, _ group: Group, _ role: Role = .choice, _ hyperParameter: HyperParameter? = nil,
    phrase: String? = nil
  ) {
    (self.key, self.title, self.group, self.role) = (key, title, group, role)
    (self.hyperParameter, self.phrase) = (hyperParameter, phrase)
  }

  /// The name on the command line, without the dashes: `learning-rate` of `learningRate`.
  public var optionName: String { Self.optionName(of: key) }

  /// The same of any key, such as those of a network's configuration.
  public static func optionName(of key: String) -> String {
    key.replacing(/[A-Z]/) { "-" + $0.output.lowercased() }
  }

  /// In the order in which people read them; what a network's configuration holds is under `model.`.
  public static let all: [RunSetting] = [
    .init("model", "network", .network),
    .init("parameterCount", "parameters", .network, .circumstance),
    .init("model.width", "width", .network), .init("model.dropout", "dropout", .network),
    .init("model.classes", "outputs", .network), .init("model.head", "head", .network),
    .init("initialWeights", "initial weights", .network, .choice, .fileName),
    .init("backboneWeights", "backbone weights", .network, .choice, .fileName),
    .init("model.normalization.order", "channel order", .network),
    .init("model.normalization.mean", "channel means", .network),
    .init("model.normalization.deviation", "channel deviations", .network),

    .init("data", "data", .data, .free, .fileName),
    .init("trainingSamples", "training pictures", .data, .derived, phrase: "the number of training pictures"),
    .init("validationSamples", "validation pictures", .data, .derived, phrase: "the number of validation pictures"),
    .init("labelSpace", "classes", .data, .derived, phrase: "the classes"),
    .init("labelSpace.void", "void value", .data, .derived),
    .init("imageSize", "image size", .data, .choice, .number),
    .init("augmentation", "augmentation", .data, .choice, .text),
    .init("shuffles", "shuffled", .data, phrase: "--no-shuffle"),
    .init("cache", "cache", .data, .free),
    .init("dataFiles", "checksum of file names and sizes", .data, .derived, phrase: "the files of --data"),

    .init("epochs", "epochs", .length, .free, .number),
    .init("stepsPerEpoch", "steps per epoch", .length, .choice, .number),
    .init("validationSteps", "validation steps", .length),
    .init("batchSize", "batch size", .length, .choice, .number),
    .init("accumulate", "batches per step", .length, .choice, .number),
    .init("patience", "patience, epochs", .length, .free),
    .init("timeLimit", "time limit, minutes", .length, .free),

    .init("optimizer", "optimizer", .optimization, .choice, .text),
    .init("learningRate", "learning rate", .optimization, .choice, .number),
    .init("schedule", "schedule", .optimization, .choice, .text),
    .init("warmUp", "warm-up, steps", .optimization, .choice, .number),
    .init(
      "scheduleSteps", "stretched over, steps", .optimization, .derived,
      phrase: "the steps that --schedule is stretched over"),
    .init("finalRate", "final rate", .optimization, .choice, .number),
    .init("decayFactor", "decay factor", .optimization, .choice, .number),
    .init("decaySteps", "decay every, steps", .optimization, .choice, .number),
    .init("plateauPatience", "plateau patience, epochs", .optimization, .choice, .number),
    .init("weightDecay", "weight decay", .optimization, .choice, .number),
    .init("decaysBiases", "decays biases", .optimization, .derived, phrase: "--no-bias-decay"),
    .init("clipNorm", "clip norm", .optimization, .choice, .number),
    .init("clipValue", "clip value", .optimization, .choice, .number),
    .init("averageDecay", "decay of averaged weights", .optimization, .choice, .number),
    .init("freeze", "frozen", .optimization, .choice, .list),
    .init("rateOf", "multiples of the rate", .optimization),
    .init("labelSmoothing", "label smoothing", .optimization, .choice, .number),
    .init("classWeights", "class weights", .optimization, .choice, .presence),

    .init("seed", "seed", .running, .choice, .number), .init("threads", "threads", .running, .free),
    .init("loaderThreads", "loader threads", .running, .free),
    .init("keepBest", "best epochs kept", .running, .free), .init("saveEvery", "saved every, minutes", .running, .free),
    .init("tensorBoard", "event files", .running, .free),
    .init("histograms", "histograms every, epochs", .running, .free),
    .init("started", "started", .running, .circumstance), .init("output", "folder", .running, .circumstance),
    .init("arguments", "words of the command line", .running, .circumstance),
    .init("format", "format of the record", .running, .circumstance),

    .init("processor", "processor", .machine, .circumstance), .init("cores", "cores", .machine, .circumstance),
    .init("instructionSet", "vector instructions", .machine, .circumstance),
    .init("memoryMegabytes", "memory, MB", .machine, .circumstance),
    .init("operatingSystem", "system", .machine, .circumstance), .init("swift", "Swift", .machine, .circumstance),
    .init("tessera", "Tessera", .machine, .circumstance),
  ]

  private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

  /// The entry of this name, or the one that contains it: `labelSpace` of `labelSpace.classes`; `nil` for others.
  public static func of(_ key: String) -> RunSetting? {
    byKey[key] ?? byKey[String(key.prefix { $0 != "." })]
  }
}
