import ArgumentParser
import Tessera

/// What is done with a network of the catalog and the options of its training.
protocol TrainingVerb {
  static var name: String { get }
  static var abstract: String { get }
  static func command<Network: NetworkConfiguration>(for network: Network.Type) -> any ParsableCommand.Type
}

/// The catalog's networks, each a command.
struct NetworkGroup<Verb: TrainingVerb>: ParsableCommand {
  static var name: String { Verb.name }

  static var configuration: CommandConfiguration {
    // Of a type that is not known before.
    func command<Network: NetworkConfiguration>(_ network: Network.Type) -> any ParsableCommand.Type {
      Verb.command(for: network)
    }
    return CommandConfiguration(
      commandName: name, abstract: Verb.abstract,
      discussion: name == TrainVerb.name ? "" : "'\(name) NETWORK' takes the options of 'train NETWORK'.",
      subcommands: NetworkCatalog.current.networks.map { command($0) })
  }
}

typealias TrainGroup = NetworkGroup<TrainVerb>
typealias PlanGroup = NetworkGroup<PlanVerb>
typealias FindRateGroup = NetworkGroup<FindRateVerb>

enum TrainVerb: TrainingVerb {
  static let name = "train"
  static let abstract = "Train a network for semantic segmentation; 'train NETWORK --help' lists its options."
  static func command<Network: NetworkConfiguration>(for _: Network.Type) -> any ParsableCommand.Type {
    TrainCommand<Network>.self
  }
}

enum PlanVerb: TrainingVerb {
  static let name = "plan"
  static let abstract = "Say what a training takes before it begins: memory, pictures a second, time."
  static func command<Network: NetworkConfiguration>(for _: Network.Type) -> any ParsableCommand.Type {
    PlanCommand<Network>.self
  }
}

enum FindRateVerb: TrainingVerb {
  static let name = "find-rate"
  static let abstract = "Find a learning rate: train while it rises, draw the loss, name a rate."
  static func command<Network: NetworkConfiguration>(for _: Network.Type) -> any ParsableCommand.Type {
    FindRateCommand<Network>.self
  }
}
