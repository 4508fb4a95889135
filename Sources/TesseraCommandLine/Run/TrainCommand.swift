import ArgumentParser
import Foundation
import Tessera

/// Trains a network of the catalog; what `--resume` means is the same for all of them.
struct TrainCommand<Configuration: NetworkConfiguration>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: Configuration.name,
      abstract: "Train \(Configuration(classes: 1).title).",
      discussion: """
        Without --data it trains on synthetic scenes, so it runs with nothing downloaded. The run's folder gets \
        report.html, config.json, metrics.jsonl, checkpoints/, predictions/ and event files for TensorBoard.
        """,
      version: tesseraVersion)
  }

  @OptionGroup var groups: RunOptionGroups<Configuration>

  func run() async throws {
    let words = TrainingInvocation.current.options
    let ranks = Ranks.current
    try ranks?.requireSameProgram(words)
    if let ranks, !ranks.group.isLeader {
      let beginning = try ranks.group.leading { RunBeginning(words: words) }
      return try await Self.parse(beginning.words).follow(ArgumentList(beginning.words), in: ranks)
    }
    let options = try options()
    let resumption = try options.resume ? options.output.map { try RunResumption(of: $0) } : nil
    if let resumption, resumption.network.configuration.name != Configuration.name {
      throw ResumptionError.otherNetwork(resumption.folder.path, name: resumption.network.configuration.name)
    }
    // If an option is given twice, the last one counts: the run's own come first.
    var merged = (resumption?.arguments ?? []) + words
    if let ranks {
      merged = ArgumentList.withNegativeNumbers(merged)
      let accumulate = try Self.parse(merged).options().accumulate
      merged = try ranks.words(merged, accumulate: accumulate, own: words, isResumed: resumption != nil)
      _ = try ranks.group.leading { RunBeginning(words: merged) }
    } else if resumption == nil {
      return try await train(ArgumentList(words), resuming: nil)
    }
    try await Self.parse(merged).train(ArgumentList(merged), resuming: resumption)
  }

  /// What was chosen; weights that were named are the files that 'tessera download' has made of them.
  private func options() throws -> TrainingOptions {
    var options = try groups.options()
    options.initialWeights = try options.initialWeights.map { try PublishedWeights.path($0) }
    options.backboneWeights = try options.backboneWeights.map { try PublishedWeights.path($0) }
    return options
  }

  private func train(_ arguments: ArgumentList, resuming resumption: RunResumption?) async throws {
    let options = try options()
    // Surveys and caches of the data, which come first, keep to the thread limit too.
    try await ComputeContext.$current.withValue(context(options)) {
      let session: TrainingSession
      do {
        session = try makeSession(options, arguments, knowing: resumption?.data)
      } catch {
        resumption?.remember(error, in: options.data ?? "", and: options.addData)
        throw error
      }
      if let group = Ranks.current?.group {
        _ = try group.leading { SharedFindings(session.data.record) }
        try group.requireSame([session.data.likeness])
      }
      // If a resumed run has a checkpoint, the weights are in that.
      let weights = resumption?.checkpoint == nil ? try InitialWeights<Configuration>(options) : nil
      let model = try makeModel(for: session, from: weights, resuming: resumption)
      try await session.train(model, resuming: resumption) {
        try weights?.load(into: model, for: session.data.labelSpace)
      }
    }
  }

  /// The same on another rank than 0, which has all files but those of the data.
  private func follow(_ arguments: ArgumentList, in ranks: Ranks) async throws {
    let options = try groups.options()
    try await ComputeContext.$current.withValue(context(options)) {
      let found = try ranks.group.leading { SharedFindings(nil) }
      let session = try makeSession(options, arguments, knowing: found.dataRecord)
      try ranks.group.requireSame([session.data.likeness])
      guard let network = try ranks.group.leading({ RunNetwork(network: nil) }).network else { return }
      try await session.follow(network.configuration.makeNetwork(random: session.random), in: ranks)
    }
  }

  private func context(_ options: TrainingOptions) -> ComputeContext {
    (options.threads ?? Ranks.current?.threads).map { ComputeContext(threads: $0) } ?? .current
  }

  private func makeSession(
    _ options: TrainingOptions, _ arguments: ArgumentList, knowing record: DataRecord?
  ) throws -> TrainingSession {
    try TrainingSession(
      Configuration.name, options: options, arguments: arguments,
      sizeMultiple: try groups.configuration(classes: 1).sizeMultiple, knowing: record)
  }

  /// The network with fresh weights, which expects of pixels what its initial weights will, and has their encoder's
  /// details.
  private func makeModel(
    for session: TrainingSession, from weights: InitialWeights<Configuration>?, resuming resumption: RunResumption?
  ) throws -> Configuration.Network {
    let channels = session.data.channels
    // What a run began with goes on, even if later versions begin otherwise.
    let former = resumption?.network.configuration as? Configuration
    var configuration = try groups.configuration(classes: session.classes, from: former)
    if channels != configuration.normalization.channels {
      // Weights and runs have their own.
      configuration.normalization =
        weights == nil && resumption != nil ? .unit(channels: channels) : try session.measuredNormalization()
    }
    // What weights expect is part of them.
    let adapted = weights?.adapting(configuration) ?? (resumption?.network.configuration).map(configuration.adapted)
    let network = adapted ?? configuration
    guard network.normalization.channels == channels else {
      throw TrainingDataError.otherChannels(channels, network: network.normalization.channels)
    }
    return network.makeNetwork(random: session.random)
  }
}

/// How this process was asked to train: by `unet OPTIONS`, or by `tessera train unet OPTIONS`.
struct TrainingInvocation {
  /// What a command line that trains a network begins with.
  let start: (_ network: String) -> String
  /// The words that follow.
  let options: [String]

  static var current: TrainingInvocation {
    let words = CommandLine.arguments
    let program = URL(fileURLWithPath: words.first ?? "").lastPathComponent
    if words.dropFirst().first == TrainGroup.name {
      return TrainingInvocation(start: { "\(program) \(TrainGroup.name) \($0)" }, options: Array(words.dropFirst(3)))
    }
    return TrainingInvocation(start: { $0 }, options: Array(words.dropFirst()))
  }
}

/// The catalog's networks, each a command.
struct TrainGroup: ParsableCommand {
  static let name = "train"

  /// Refuses a network that is not in the catalog, before the parser complains about the options that follow it.
  static func check(_ words: [String]) throws {
    guard words.first == name, let network = words.dropFirst().first, !network.hasPrefix("-") else { return }
    _ = try NetworkName(argument: network).network()
  }

  static var configuration: CommandConfiguration {
    func command<Configuration: NetworkConfiguration>(_: Configuration.Type) -> any ParsableCommand.Type {
      TrainCommand<Configuration>.self
    }
    return CommandConfiguration(
      commandName: name,
      abstract: "Train a network for semantic segmentation; 'train NETWORK --help' lists its options.",
      subcommands: NetworkCatalog.named.networks.map { command($0) })
  }
}
