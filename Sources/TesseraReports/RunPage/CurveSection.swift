import TesseraCharts

/// Losses and metrics over epochs, training and validation in one picture.
struct CurveSection {
  private let run: RunRecord
  private let window: Int
  private let stepsPerEpoch: Int?

  private static let names = ["training", "validation"]

  /// - Returns: `nil` before the first step.
  init?(_ run: RunRecord) {
    if run.steps.isEmpty && run.epochs.isEmpty { return nil }
    self.run = run
    window = min(50, max(1, run.stepCount / 40))
    let steps = run.options.count("stepsPerEpoch") ?? (run.epochs.isEmpty ? 0 : run.stepCount / run.epochs.count)
    stepsPerEpoch = steps > 0 ? steps : nil
  }

  func add(to page: inout MarkupWriter) {
    let shown = panels.filter { panel in panel.series.contains { !$0.points.isEmpty } }
    if window > 1 {
      page.add(
        "p", ["class": "soft"],
        text:
          "Training values are means over \(window) steps, with single steps faint behind; validation is measured at "
          + "each epoch's end.")
    }
    ChartLegend.add(to: &page, names: Self.names)
    page.add("div", ["class": "charts"]) { page in
      for panel in shown { panel.add(to: &page, names: Self.names) }
    }
    if !run.epochs.isEmpty { addNumbers(to: &page) }
  }

  private var panels: [LinePanel] {
    [
      panel("Loss", .loss, .validationLoss), panel("Accuracy", .accuracy, .validationAccuracy),
      panel("Mean IoU", nil, .meanIoU), panel("Learning rate", .learningRate, nil),
    ]
  }

  private func panel(_ title: String, _ training: RunMetric?, _ validation: RunMetric?) -> LinePanel {
    var series: [LineSeries] = []
    if let training {
      let points = training.points(in: run).map { ChartPoint(x: place(ofStep: $0.x), y: $0.y) }
      let isSmoothed = window > 1 && training.isNoisy
      series.append(
        LineSeries(index: 0, points: isSmoothed ? points.smoothed(over: window) : points, raw: isSmoothed ? points : [])
      )
    }
    if let validation { series.append(LineSeries(index: 1, points: validation.points(in: run))) }
    return LinePanel(
      title: title, horizontalTitle: stepsPerEpoch == nil && validation == nil ? "step" : "epoch", series: series,
      marksPoints: validation != nil && training == nil)
  }

  /// On an axis of epochs: the first epoch's steps end at 1, where its validation is.
  private func place(ofStep step: Double) -> Double { stepsPerEpoch.map { step / Double($0) } ?? step }

  private func addNumbers(to page: inout MarkupWriter) {
    page.add("details") { page in
      page.add("summary", text: "All numbers, epoch by epoch")
      page.addTable(label: "Numbers of all epochs") { page in
        page.addHeadings(
          ["Epoch", "Loss", "Accuracy", "Validation loss", "Validation accuracy", "Mean IoU", "Seconds"],
          numbersFrom: 0)
        page.add("tbody") { page in
          for epoch in run.epochs {
            page.add("tr") { page in
              page.add("td", ["class": "n"], text: "\(epoch.epoch)")
              for value in [
                epoch.loss, epoch.accuracy, epoch.validationLoss, epoch.validationAccuracy, epoch.meanIoU,
              ] { page.add("td", ["class": "n"], text: value.map { Figures.fixed($0, 4) } ?? "–") }
              page.add("td", ["class": "n"], text: epoch.seconds.map { Figures.fixed($0, 1) } ?? "–")
            }
          }
        }
      }
    }
  }
}
