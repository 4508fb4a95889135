import Foundation
import TesseraReports
import TesseraTerminal

/// Runs as tables for people: the results of each, and which options differ.
struct RunTable {
  private let comparison: RunComparison
  private let names: [String]

  /// The number of characters that fit into a cell.
  static let longest = 36

  init(_ comparison: RunComparison) {
    self.comparison = comparison
    names = comparison.names.map { $0.shortened(to: Self.longest) }
  }

  var text: String { [outcomes, differences].compactMap(\.self).joined(separator: "\n\n") }

  private var outcomes: String {
    let heading = [
      "run", "model", "optimizer", "rate", "steps", "epochs", "validation loss", "best", "accuracy %", "best",
      "mean IoU", "best", "seconds", "per step",
    ]
    let rows = zip(names, comparison.runs).map { name, run in
      [name]
        + [run.options.model, run.options.values["optimizer"]].map { $0?.shortened(to: Self.longest) ?? "-" }
        + [number(run.options.number("learningRate"), "%.6g")]
        + progress(of: run)
        + pair(run.outcome(of: .validationLoss), "%.4f")
        + pair(run.outcome(of: .validationAccuracy), "%.2f", times: 100)
        + pair(run.outcome(of: .meanIoU), "%.4f")
        + [number(run.seconds, "%.1f"), number(run.secondsPerStep, "%.3f")]
    }
    return Table([heading] + rows, rightAligned: Set(3..<heading.count)).description
  }

  /// Options that differ, one row each; long values are cut.
  private var differences: String? {
    let found = RunOptions.differences(among: comparison.runs.map(\.options))
    guard comparison.runs.count > 1 else { return nil }
    guard !found.isEmpty else { return "All options are the same." }
    let rows = found.map { [$0.name.shortened(to: Self.longest)] + excerpts(of: $0.values) }
    return Table([["different option"] + names] + rows).description
  }

  /// The values where they are short, otherwise what surrounds their first difference.
  private func excerpts(of values: [String?]) -> [String] {
    let longest = Self.longest
    let present = values.compactMap(\.self)
    guard present.contains(where: { $0.count > longest }) else { return values.map { $0 ?? "-" } }
    let common = present.dropFirst().reduce(present[0]) { $0.commonPrefix(with: $1) }.count
    let start = max(0, common - 8)
    return values.map { value in
      guard let rest = value?.dropFirst(start) else { return "-" }
      let end = rest.count > longest ? rest.prefix(longest - 1) + "…" : rest
      return (start > 0 ? "…" : "") + end
    }
  }

  /// Steps and epochs done, of those planned where a run is not at its end.
  private func progress(of run: RunRecord) -> [String] {
    let planned = run.options.count("epochs")
    let epochs = run.epochs.count
    let isPartial = planned.map { epochs < $0 } ?? false
    return ["\(run.stepCount)", isPartial ? "\(epochs) of \(planned ?? epochs)" : "\(epochs)"]
  }

  private func pair(_ values: (final: Double, best: Double)?, _ format: String, times factor: Double = 1) -> [String] {
    [number(values.map { $0.final * factor }, format), number(values.map { $0.best * factor }, format)]
  }

  private func number(_ value: Double?, _ format: String) -> String { value.map { String(format: format, $0) } ?? "-" }
}
