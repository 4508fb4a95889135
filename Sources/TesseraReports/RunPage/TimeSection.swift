import TesseraCharts

/// Where the time went: waiting for data, computing, validating.
struct TimeSection {
  private let epochs: [(epoch: Int, times: EpochTimes)]
  private let total: EpochTimes
  private let secondsPerStep: Double?

  private static let names = ["waiting for data", "training", "validation and saving"]

  /// - Returns: `nil` before the first epoch's end.
  init?(_ run: RunRecord) {
    epochs = run.epochTimes
    if epochs.isEmpty { return nil }
    total = epochs.reduce(into: EpochTimes()) { $0 += $1.times }
    secondsPerStep = run.secondsPerStep
  }

  func add(to page: inout MarkupWriter) {
    let parts = [total.data, total.compute, total.validation]
    let whole = max(1e-9, total.total)
    page.add(
      "p", ["class": "soft"],
      text: "\(Figures.duration(total.total)) in \(epochs.count == 1 ? "one epoch" : "\(epochs.count) epochs"), "
        + "\(Figures.duration(total.total / Double(epochs.count))) each"
        + (secondsPerStep.map { "; the median step took \(Figures.seconds($0))." } ?? "."))
    page.add("div", ["class": "shares", "aria-hidden": "true"]) { page in
      for (place, seconds) in parts.enumerated() {
        page.add("i", ["class": "part-\(place)", "style": "width:\((100 * seconds / whole).coordinate)%"])
      }
    }
    page.add("ul", ["class": "parts"]) { page in
      for (place, seconds) in parts.enumerated() {
        page.add("li") { page in
          page.add("i", ["class": "part-\(place)", "aria-hidden": "true"])
          page.add(
            text: "\(Self.names[place]) \(Figures.duration(seconds)), \(Figures.percent(seconds / whole))")
        }
      }
    }
    guard epochs.count > 1 else { return }
    ChartLegend.add(to: &page, names: Self.names)
    page.add("div", ["class": "charts"]) { panel.add(to: &$0, names: Self.names) }
  }

  private var panel: LinePanel {
    let values: [(EpochTimes) -> Double] = [\.data, \.compute, \.validation]
    return LinePanel(
      title: "Seconds per epoch", horizontalTitle: "epoch",
      series: values.enumerated().map { index, value in
        LineSeries(index: index, points: epochs.map { ChartPoint(x: Double($0.epoch), y: value($0.times)) })
      })
  }
}
