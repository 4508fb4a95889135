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
    try ArgumentList(words).checkEnd(sharedBy: ranks?.group.rankCount ?? 1)
    try ranks?.requireSameProgram(words)
    if let ranks, !ranks.group.isLeader {
      let beginning = try ranks.group.leading { RunBeginning(words: words) }
      return try await Self.parse(beginning.words).follow(ArgumentList(beginning.words), in: ranks)
    }
    let options = try groups.trainingOptions()
    let resumption = try options.resume ? options.output.map { try RunResumption(of: $0) } : nil
    if let resumption, resumption.network.configuration.name != Configuration.name {
      throw ResumptionError.otherNetwork(resumption.folder.path, name: resumption.network.configuration.name)
    }
    // If an option is given twice, the last one counts: the run's own come first.
    var merged = (resumption?.arguments ?? []) + words
    if let ranks {
      merged = ArgumentList.withNegativeNumbers(merged)
      let accumulate = try Self.parse(merged).groups.trainingOptions().accumulate
      merged = try ranks.words(merged, accumulate: accumulate, own: words, isResumed: resumption != nil)
      _ = try ranks.group.leading { RunBeginning(words: merged) }
    } else if resumption == nil {
      return try await train(ArgumentList(words), resuming: nil)
    }
    try await Self.parse(merged).train(ArgumentList(merged), resuming: resumption)
  }

  private func train(_ arguments: ArgumentList, resuming resumption: RunResumption?) async throws {
    let options = try groups.trainingOptions()
    // Surveys and caches of the data, which come first, keep to the thread limit too.
    try await ComputeContext.$current.withValue(options.context) {
      var session: TrainingSession
      do {
        session = try groups.session(
          options, arguments, knowing: resumption?.data, of: resumption?.network.configuration)
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
      let model = try groups.model(for: session, from: weights, resuming: resumption)
      session = try await session.taught(isResumed: resumption != nil).limited(for: model, resuming: resumption)
      if let end = options.until { session = try await session.ending(end, model, resuming: resumption) }
      try await session.train(model, resuming: resumption) {
        try weights?.load(into: model, for: session.data.labelSpace)
      }
    }
  }

  /// The same on another rank than 0, which has all files but those of the data.
  private func follow(_ arguments: ArgumentList, in ranks: Ranks) async throws {
    let options = try groups.options()
    try await ComputeContext.$current.withValue(options.context) {
      let found = try ranks.group.leading { SharedFindings(nil) }
      var session = try groups.session(options, arguments, knowing: found.dataRecord)
      try ranks.group.requireSame([session.data.likeness])
      let run = try ranks.group.leading { RunNetwork(network: nil) }
      guard let network = run.network else { return }
      session.saving = run.memory
      session.teacher = try run.teacher.map(session.runTeacher)
      try await session.follow(network.configuration.makeNetwork(random: session.random), in: ranks)
    }
  }
}

/// How this process was asked to train: by `unet OPTIONS`, or by `tessera train unet OPTIONS`, or to look for a rate.
struct TrainingInvocation {
  /// What a command line that trains a network begins with.
  let start: (_ network: String) -> String
  /// The words that follow.
  let options: [String]

  static var current: TrainingInvocation {
    let words = CommandLine.arguments
    let program = URL(fileURLWithPath: words.first ?? "").lastPathComponent
    if words.dropFirst().first.map(TrainGroup.names.contains) ?? false {
      return TrainingInvocation(start: { "\(program) \(TrainGroup.name) \($0)" }, options: Array(words.dropFirst(3)))
    }
    return TrainingInvocation(start: { $0 }, options: Array(words.dropFirst()))
  }
}

/// The catalog's networks, each a command.
struct TrainGroup: ParsableCommand {
  static let name = "train"
  /// The commands whose next word is a network with the trainer's options.
  static let names: Set = [name, PlanGroup.name, FindRateGroup.name]

  /// Refuses a network that is not in the catalog, before the parser complains about the options that follow it.
  static func check(_ words: [String]) throws {
    guard let command = words.first, names.contains(command), let network = words.dropFirst().first,
      !network.hasPrefix("-")
    else { return }
    if network != ImportedNetworks.name { _ = try NetworkName(argument: network).network() }
  }

  static var configuration: CommandConfiguration {
    func command<Configuration: NetworkConfiguration>(_: Configuration.Type) -> any ParsableCommand.Type {
      TrainCommand<Configuration>.self
    }
    return CommandConfiguration(
      commandName: name,
      abstract: "Train a network for semantic segmentation; 'train NETWORK --help' lists its options.",
      subcommands: NetworkCatalog.current.networks.map { command($0) })
  }
}
