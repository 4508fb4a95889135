import TesseraCharts

/// Where runs' time went.
struct TimeTable {
  private let rows: [(name: String, epochs: Int, secondsPerStep: Double, times: EpochTimes)]

  /// - Returns: `nil` if no run has an epoch with times.
  init?(_ comparison: RunComparison) {
    rows = zip(comparison.names, comparison.runs).compactMap { name, run in
      let epochs = run.epochTimes
      if epochs.isEmpty { return nil }
      return (name, epochs.count, run.secondsPerStep ?? 0, epochs.reduce(into: EpochTimes()) { $0 += $1.times })
    }
    if rows.isEmpty { return nil }
  }

  func add(to page: inout MarkupWriter) {
    page.add(
      "p", ["class": "soft"], text: "Over the finished epochs; shares are of the run's own time. Per step: the median.")
    page.addTable(label: "Times") { page in
      page.addHeadings(
        ["Run", "Total", "Per epoch", "Per step", "Waiting for data", "Training", "Validation and saving"],
        sortable: true)
      page.add("tbody") { page in
        for row in rows {
          let times = row.times
          page.add("tr") { page in
            page.add("th", ["scope": "row"], text: row.name)
            for seconds in [times.total, times.total / Double(row.epochs)] {
              page.add("td", ["class": "n", "data-value": "\(seconds)"], text: Figures.duration(seconds))
            }
            page.add(
              "td", ["class": "n", "data-value": "\(row.secondsPerStep)"], text: Figures.seconds(row.secondsPerStep))
            for seconds in [times.data, times.compute, times.validation] {
              let share = seconds / max(1e-9, times.total)
              page.add(
                "td", ["class": "n", "data-value": "\(seconds)"],
                text: "\(Figures.duration(seconds)) (\(Figures.percent(share)))")
            }
          }
        }
      }
    }
  }
}
