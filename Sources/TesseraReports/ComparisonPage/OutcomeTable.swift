import TesseraCharts

/// The results of runs, one row each; the best value of a column has a star.
struct OutcomeTable {
  private let comparison: RunComparison

  init(_ comparison: RunComparison) { self.comparison = comparison }

  private typealias Column = (name: String, values: [Double?], text: (Double) -> String, lowIsGood: Bool)

  func add(to page: inout MarkupWriter) {
    let columns = columns
    // Numbers of different losses say nothing about each other.
    let differing = Set(comparison.runs.map { $0.options.values["loss"] }).count > 1
    let best = columns.map { differing && $0.lowIsGood ? nil : Self.best(of: $0) }
    page.addTable(label: "Outcomes") { page in
      page.addHeadings(["Run", "State", "Network", "Epochs"] + columns.map(\.name), numbersFrom: 3, sortable: true)
      page.add("tbody") { page in
        for (place, run) in comparison.runs.enumerated() {
          page.add("tr") { page in
            page.add(
              "th", ["scope": "row", "class": "name-cell", "title": comparison.names[place]],
              text: comparison.names[place])
            page.add("td", text: RunStanding(of: run).badge)
            page.add("td", text: run.options.model ?? "–")
            page.add(
              "td", ["class": "n", "data-value": "\(run.epochs.count)"],
              text: "\(run.epochs.count)" + (run.options.count("epochs").map { " of \($0)" } ?? ""))
            for (column, best) in zip(columns, best) {
              let value = column.values[place]
              page.add("td", ["class": "n", "data-value": "\(value ?? -.infinity)"]) { page in
                page.add(
                  "span", ["class": value != nil && value == best ? "best" : ""],
                  text: value.map(column.text) ?? "–")
              }
            }
          }
        }
      }
    }
    page.add(
      "p", ["class": "soft"],
      text: "On each run's validation pictures: after the last epoch, and the best of any epoch."
        + (comparison.runs.count > 1 ? " A star marks the best value where runs differ." : "")
        + (differing ? " The runs minimize different losses, whose values do not compare." : ""))
  }

  private var columns: [Column] {
    func outcome(_ metric: RunMetric, _ part: ((final: Double, best: Double)) -> Double) -> [Double?] {
      comparison.runs.map { run in run.outcome(of: metric).map(part) }
    }
    let loss: (Double) -> String = { Figures.fixed($0, 4) }
    let all: [Column] = [
      ("Mean IoU", outcome(.meanIoU, \.final), Figures.score, false),
      ("best", outcome(.meanIoU, \.best), Figures.score, false),
      ("Accuracy", outcome(.validationAccuracy, \.final), { Figures.percent($0) }, false),
      ("best", outcome(.validationAccuracy, \.best), { Figures.percent($0) }, false),
      ("Loss", outcome(.validationLoss, \.final), loss, true),
      ("best", outcome(.validationLoss, \.best), loss, true),
    ]
    return all.filter { column in column.values.contains { $0 != nil } }
  }

  /// - Returns: `nil` if there is nothing to be better than.
  private static func best(of column: Column) -> Double? {
    let values = column.values.compactMap(\.self).filter(\.isFinite)
    guard Set(values).count > 1 else { return nil }
    return column.lowIsGood ? values.min() : values.max()
  }
}
