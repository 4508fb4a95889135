import Foundation
import TesseraReports

/// The trials of a sweep as a table for people, the best first.
struct SweepTable {
  private let record: SweepRecord

  init(_ record: SweepRecord) { self.record = record }

  var text: String {
    let names = Set(record.trials.flatMap(\.options.keys)).sorted()
    let heading = ["trial"] + names + ["epochs", "best \(record.metric.rawValue)", "state"]
    let rows = record.ranked(record.trials.indices).map { place in
      let trial = record.trials[place]
      let isAtEnd = trial.epochs >= trial.planned
      return [SweepTrial.name(place + 1)] + names.map { (trial.options[$0] ?? "-").shortened(to: 36) }
        + [
          isAtEnd ? "\(trial.epochs)" : "\(trial.epochs) of \(trial.planned)",
          trial.score.map { String(format: "%.4f", $0) } ?? "-", trial.state.rawValue,
        ]
    }
    return Table([heading] + rows, rightAligned: Set(names.count + 1...names.count + 2)).description
  }
}
