// How weights follow gradients, besides optimizer and learning rate.
extension RunSetting {
  static let recipe: [RunSetting] = [
    RunSetting("schedule", "schedule", .optimization, .choice, as: .text).option(.value(\.schedule, "name"))
      .help(
        "constant, cosine, polynomial, step, exponential, one-cycle, restarts or plateau: how the learning rate "
          + "changes, starting from --learning-rate."),
    RunSetting("warmUp", "warm-up, steps", .optimization, .choice, as: .number)
      .option(.value(optional: \.warmUp, "n", must: .lie(in: 0...1_000_000_000)))
      .help("Steps over which the rate rises first (one-cycle: default 30 % of all)."),
    RunSetting(
      "scheduleSteps", "stretched over, steps", .optimization, .derived,
      phrase: "the steps that --schedule is stretched over"),
    RunSetting("finalRate", "final rate", .optimization, .choice, as: .number)
      .option(
        .value(\.finalRate, "x", must: .zeroOrSinglePrecision),
        for: .schedules(.cosine, .polynomial, .restarts, .plateau)
      ).help("The rate at which cosine, polynomial, restarts and plateau end."),
    RunSetting("decayFactor", "decay factor", .optimization, .choice, as: .number)
      .option(.value(\.decayFactor, "x", must: .share), for: .schedules(.step, .exponential, .plateau))
      .help("What step, exponential and plateau multiply the rate by each time."),
    RunSetting("decaySteps", "decay every, steps", .optimization, .choice, as: .number)
      .option(
        .value(optional: \.decaySteps, "n", must: .lie(in: 1...1_000_000_000)),
        for: .schedules(.step, .exponential, .restarts)
      )
      .help(
        "Steps from one time to the next (step, exponential), or in the first cycle (restarts). Default: an epoch's."),
    RunSetting("plateauPatience", "plateau patience, epochs", .optimization, .choice, as: .number)
      .option(.value(\.plateauPatience, "n", must: .lie(in: 0...1_000_000)), for: .schedules(.plateau))
      .help("Epochs without a better score that plateau tolerates."),
    RunSetting("accumulate", "batches per step", .length, .choice, as: .number)
      .option(.value(\.accumulate, "n", must: .lie(in: 1...16_384)))
      .help(
        "Batches whose gradients are combined into one step, like one large batch (losses that look at each batch by "
          + "itself: --loss)."),
    RunSetting("synchronizesBatchNorm", "batch normalization synchronized", .optimization, .choice)
      .option(.flag(\.synchronizesBatchNorm, recordedIfSet: true), named: "synchronize-batchnorm")
      .help("Of several ranks: batch normalization takes the moments of the batches of all ranks together."),
    RunSetting("weightDecay", "weight decay", .optimization, .choice, as: .number)
      .option(.value(optional: \.weightDecay, "x", must: .zeroOrSinglePrecision), for: .optimizers(.adamw, .sgd))
      .help("Weight decay of adamw and sgd. Default: the optimizer's."),
    RunSetting("decaysBiases", "decays biases", .optimization, .derived)
      .option(.flag(\.decaysBiases, sets: false), named: "no-bias-decay", for: .optimizers(.adamw, .sgd))
      .help("No weight decay on biases and normalizations."),
    RunSetting("clipNorm", "clip norm", .optimization, .choice, as: .number)
      .option(.value(optional: \.clipNorm, "x", must: .singlePrecision)).help("Scale gradients down to this norm."),
    RunSetting("clipValue", "clip value", .optimization, .choice, as: .number)
      .option(.value(optional: \.clipValue, "x", must: .singlePrecision))
      .help("Clip each gradient at this distance from 0."),
    RunSetting("averageDecay", "decay of averaged weights", .optimization, .choice, as: .number)
      .option(.value(optional: \.averageDecay, "x", must: .share))
      .help("Decay of averaged weights, which are then validated and kept as best; such as 0.999."),
    RunSetting("freeze", "frozen", .optimization, .choice, as: .list)
      .option(.list("name", take: { $0.freeze.append($1) }, recorded: { Set($0.freeze).sorted() }))
      .help("Do not train what lies at or below this name of 'summary', such as encoder; can be repeated."),
    RunSetting("rateOf", "multiples of the rate", .optimization)
      .option(
        .list(
          "name=x", take: { (options, rate: RateMultiple) in options.rateOf[rate.name] = rate.factor },
          recorded: { $0.rateOf })
      ).help(
        "Train what lies at or below a name of 'summary' at a multiple of the rate, such as encoder=0.1; can be repeated."
      ),
    RunSetting("loss", "loss", .optimization, .choice, as: .text)
      .option(.value(\.loss, "sum", recording: { $0 == .crossEntropy ? nil : $0 }))
      .help(
        "What is minimized: a sum such as cross-entropy+0.5*dice; see docs/losses.md. dice, jaccard, tversky, lovasz and "
          + "ohem look at each batch by itself, also with --accumulate and several ranks."),
    RunSetting("labelSmoothing", "label smoothing", .optimization, .choice, as: .number)
      .option(.value(\.labelSmoothing, "x", must: .share), for: .smoothedLoss)
      .help("The share of each target that is spread over all classes."),
    RunSetting("classWeights", "class weights", .optimization, .choice, as: .presence)
      .option(.value(optional: \.classWeights, "list", at: .fileOrList))
      .help(
        "A weight for each class in the loss, separated by commas, a file that holds them, or a rule by which they follow "
          + "from the training masks: median-frequency, inverse-log or effective-number=0.999."),
    RunSetting("teacher", "teacher", .optimization, .free, as: .fileName)
      .option(.value(optional: \.teacher, "file", at: .file(extensions: ["safetensors"])))
      .help(
        "Learn from this network besides the masks (distillation): a checkpoint with the same classes, of any network; see "
          + "docs/losses.md."),
    RunSetting(
      "teacherChecksum", "checksum of the teacher", .optimization, .derived, phrase: "the network that --teacher names"),
    RunSetting("teacherWeight", "teacher's weight", .optimization, .choice, as: .number)
      .option(.value(\.teacherWeight, "x", must: .partOfWhole), for: .teacher)
      .help("The teacher's share of the loss; the rest is --loss."),
    RunSetting("temperature", "temperature", .optimization, .choice, as: .number)
      .option(.value(\.temperature, "x", must: .temperature), for: .teacher)
      .help("What the logits of teacher and network are divided by where they are compared."),
  ]
}
