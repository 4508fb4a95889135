import ArgumentParser
import Foundation
import Tessera

/// How this process was asked to train: by `unet OPTIONS`, or by `tessera train unet OPTIONS`, or to look for a rate.
struct TrainingInvocation {
  /// What a command line that trains a network begins with.
  let start: (_ network: String) -> String
  /// The words that follow.
  let options: [String]

  /// The commands whose next word is a network with the trainer's options.
  static let names: Set = [TrainGroup.name, PlanGroup.name, FindRateGroup.name]

  /// Refuses a network that is not in the catalog, before the parser complains about the options that follow it.
  static func check(_ words: [String]) throws {
    guard let command = words.first, names.contains(command), let network = words.dropFirst().first,
      !network.hasPrefix("-")
    else { return }
    _ = try NetworkName(argument: network).trainedNetwork()
  }

  static var current: TrainingInvocation {
    let words = CommandLine.arguments
    let program = URL(fileURLWithPath: words.first ?? "").lastPathComponent
    if words.dropFirst().first.map(names.contains) ?? false {
      return TrainingInvocation(start: { "\(program) \(TrainGroup.name) \($0)" }, options: Array(words.dropFirst(3)))
    }
    return TrainingInvocation(start: { $0 }, options: Array(words.dropFirst()))
  }
}
