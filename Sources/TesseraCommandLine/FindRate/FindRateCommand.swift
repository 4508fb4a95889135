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
      return try await interruptible(telling: "interrupted before a rate was found: nothing was written") {
        try await session.findRate(from: from, to: to, steps: steps) {
          let model = try groups.model(for: session, from: weights)
          return (model, { try weights.load(into: model, for: session.data.labelSpace) })
        }
      }
    }
    try writeOutputFile(RateChart(found).svg, to: curve)
    let taken = options.output.flatMap { RunFolder.files(ofRunIn: $0).isEmpty ? nil : $0 }
    let command = command(found.rate, leavingOutFolder: taken != nil)
    print(json ? try found.json(command: command) : found.text(command: command))
    if !json { print("wrote \(curve)") }
    if let taken {
      Notice.note.write(
        "\(taken) already holds a run, so the command is without --output: it makes a folder of its own")
    }
  }

  /// The command line that trains with a rate, and otherwise as this one asks.
  private func command(_ rate: Double, leavingOutFolder isTaken: Bool) -> String {
    let invocation = TrainingInvocation.current
    let folder: Set = isTaken ? ["--output"] : []
    let words = ArgumentList(invocation.options).leavingOut(
      values: folder.union(["--steps", "--from", "--to", "--curve", "--learning-rate"]), flags: ["--json"])
    return invocation.start(Configuration.name)
      + (words + ["--learning-rate", "\(rate)"]).map { " " + $0.quotedForShell }.joined()
  }
}
