import ArgumentParser
import Foundation
import Tessera

/// Says what a training would take.
struct PlanCommand<Configuration: NetworkConfiguration>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: Configuration.name,
      abstract: "Say what training \(Configuration(classes: 1).title) takes: memory, speed, time.",
      discussion: """
        Takes the options of 'train \(Configuration.name)'. The memory is that of a rehearsal in which nothing is computed; if \
        it is there, a few steps and validation batches are trained and timed, in a folder that is removed. Where memory or \
        time are long, options follow that take less, with figures.
        """)
  }

  @Flag(help: "Print one line of JSON.")
  var json = false

  @OptionGroup var groups: RunOptionGroups<Configuration>

  func validate() throws {
    let options = try groups.options()
    if options.resume { throw ValidationError("a plan is that of a new run: leave out --resume") }
    if options.until != nil {
      throw ValidationError("a plan is that of all epochs: leave out --until, which 'train' fits them to")
    }
  }

  func run() async throws {
    let start = ContinuousClock.now
    if Ranks.current != nil { throw RanksError.notShared(command: "\(PlanGroup.name) \(Configuration.name)") }
    let options = try groups.trainingOptions()
    try await ComputeContext.$current.withValue(options.context) {
      let opened = try groups.session(options, ArgumentList(TrainingInvocation.current.options))
      let model = try groups.model(for: opened, from: InitialWeights<Configuration>(options))
      let session = try await opened.taught().limited(for: model)
      let plan = try await interruptible(telling: "interrupted before the plan was complete") {
        try await TrainingPlanReport(of: session, model, openedIn: (ContinuousClock.now - start) / .seconds(1))
      }
      print(json ? try plan.json() : plan.text)
      if !plan.fits { throw ExitCode.failure }
    }
  }
}
