import ArgumentParser
import Foundation
import Tessera
import TesseraInspection

/// Finds a learning rate for a training: it takes the options of `train`, and is followed by `train`.
struct FindRateCommand<Configuration: NetworkConfiguration>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: Configuration.name,
      abstract: "Find a learning rate for \(Configuration(classes: 1).title).",
      discussion: """
        Trains with a learning rate that rises from step to step, names a rate from the curve of the loss, and trains \
        with it as a trial; see docs/tuning.md. Takes all options of 'train', so a command line for it can be \
        used as it is: those for length, schedule, saving and folder have no effect here. Only the curve is written.
        """)
  }

  @Option(help: ArgumentHelp("Steps over which the rate rises, and steps of the trial.", valueName: "n"))
  var steps = 100

  @Option(help: ArgumentHelp("The rate of the first step.", valueName: "x"))
  var from = 1e-7

  @Option(help: ArgumentHelp("The rate of the last step, unless the loss is lost before.", valueName: "x"))
  var to = 10.0

  @Option(
    help: ArgumentHelp("The curve; an existing file is replaced.", valueName: "file.svg"),
    completion: .file(extensions: ["svg"]))
  var curve = "learning-rate.svg"

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var groups: RunOptionGroups<Configuration>

  func validate() throws {
    try requireOption("--steps", steps, in: 20...100_000)
    for (name, value) in [("--from", from), ("--to", to)] {
      if let complaint = OptionRule<Double>.singlePrecision.complaint(about: value) {
        throw ValidationError("\(name) \(complaint)")
      }
    }
    guard to >= 10 * from else { throw ValidationError("--to must be at least 10 times --from; got \(from) and \(to)") }
    guard curve.hasSuffix(".svg") else { throw ValidationError("--curve must end in .svg; got \(curve)") }
    if try groups.options().resume { throw ValidationError("a rate is found for a new run; leave out --resume") }
  }

  func run() async throws {
    let options = try groups.trainingOptions()
    let found = try await ComputeContext.$current.withValue(options.context) {
      let session = try groups.session(options, ArgumentList([])).taught()
      let weights = try InitialWeights<Configuration>(options)
      if !json { for line in session.data.description { print(line) } }
      for line in session.data.warnings { Notice.warning.write(line) }
      return try await session.findRate(from: from, to: to, steps: steps) {
        let model = try groups.model(for: session, from: weights)
        return (model, { try weights.load(into: model, for: session.data.labelSpace) })
      }
    }
    try writeOutputFile(RateChart(found).svg, to: curve)
    print(json ? try found.json(command: command(found.rate)) : found.text(command: command(found.rate)))
    if !json { print("wrote \(curve)") }
  }

  /// The command line that trains with a rate, and otherwise as this one asks.
  private func command(_ rate: Double) -> String {
    let invocation = TrainingInvocation.current
    let words = ArgumentList(invocation.options).leavingOut(
      values: ["--steps", "--from", "--to", "--curve", "--learning-rate"], flags: ["--json"])
    return invocation.start(Configuration.name)
      + (words + ["--learning-rate", "\(rate)"]).map { " " + $0.quotedForShell }.joined()
  }
}

/// The catalog's networks, each a command.
struct FindRateGroup: ParsableCommand {
  static let name = "find-rate"

  static var configuration: CommandConfiguration {
    func command<Configuration: NetworkConfiguration>(_: Configuration.Type) -> any ParsableCommand.Type {
      FindRateCommand<Configuration>.self
    }
    return CommandConfiguration(
      commandName: name,
      abstract: "Find a learning rate: train while it rises, draw the loss, name a rate.",
      discussion: "'find-rate NETWORK' takes the options of 'train NETWORK'.",
      subcommands: NetworkCatalog.current.networks.map { command($0) })
  }
}
