import Foundation
import Tessera
import TesseraReports

/// Trials whose options have been checked, and how far each of them trains.
struct Sweep {
  let file: SweepFile
  let trials: [SweepTrial]
  /// The epochs of each trial that is not stopped.
  let epochs: [Int]

  /// Reads a sweep's file and checks every trial as 'train' would check its words.
  ///
  /// - Throws: `SweepError` with all problems at once.
  init(contentsOf path: String) throws(SweepError) {
    file = try SweepFile(contentsOf: path)
    trials = try file.makeTrials(named: path)
    var epochs: [Int] = []
    var refused: [(message: String, trials: [SweepTrial])] = []
    for trial in trials {
      do {
        epochs.append(try file.network.checkTrial(trial.words))
      } catch {
        let message = file.network.message(for: error)
        if let index = refused.firstIndex(where: { $0.message == message }) {
          refused[index].trials.append(trial)
        } else {
          refused.append((message, [trial]))
        }
      }
    }
    self.epochs = epochs
    var problems = refused.map { message, trials in
      "\(message)  (\(trials[0].label)\(trials.count > 1 ? ", and \(counted(trials.count - 1, "more trial"))" : ""))"
    }
    if problems.isEmpty, let halving = file.halving, halving.leastEpochs >= epochs[0] {
      problems.append(
        "halving from \(halving.leastEpochs) epochs on has no effect on trials of \(epochs[0]); lower least-epochs, or "
          + "raise epochs in options")
    }
    guard problems.isEmpty else { throw .refused(file: path, problems) }
  }

  /// All trials with all their epochs, or successive halving.
  ///
  /// A rung of `Int.max` epochs is each trial's own end.
  var rungs: [SuccessiveHalving.Rung] {
    file.halving?.rungs(trials: trials.count, epochs: epochs[0])
      ?? [SuccessiveHalving.Rung(trials: trials.count, epochs: .max)]
  }

  /// What will be done, in a line.
  var description: String {
    let what = file.search.map { $0.name }.joined(separator: ", ")
    let kind = file.trials == nil ? "grid" : "random search"
    let all = epochs.reduce(0, +)
    let start = "\(counted(trials.count, "trial")) of \(file.network.name), a \(kind) over \(what): "
    guard let halving = file.halving else { return start + "\(counted(all, "epoch")) in all" }
    let steps = rungs.map { "\($0.trials) to epoch \($0.epochs)" }.joined(separator: ", ")
    return start
      + "halving by \(halving.eta) (\(steps)), at most \(counted(rungs.epochs, "epoch")) instead of \(grouped(all))"
  }
}
