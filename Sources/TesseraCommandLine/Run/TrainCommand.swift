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
    // A resumed run must not need the file that says it.
    let size = groups.importedSize(options)
    if let size {
      Notice.note.write(
        "pictures are scaled to \(size), the size of \(options.initialWeights ?? ""); --image-size chooses another"
      )
    }
    let own = words + (size.map { ["--image-size", $0.text] } ?? [])
    // If an option is given twice, the last one counts: the run's own come first.
    var merged = (resumption?.arguments ?? []) + own
    if let ranks {
      merged = ArgumentList.withNegativeNumbers(merged)
      let accumulate = try Self.parse(merged).groups.trainingOptions().accumulate
      merged = try ranks.words(merged, accumulate: accumulate, own: own, isResumed: resumption != nil)
      _ = try ranks.group.leading { RunBeginning(words: merged) }
    } else if resumption == nil {
      return try await train(ArgumentList(own), resuming: nil)
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
