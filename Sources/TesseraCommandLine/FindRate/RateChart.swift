import Foundation
import TesseraCharts
import TesseraTraining

/// The picture of a found rate: the loss over rising rates, and the trial's over steps.
struct RateChart {
  private let found: FoundRate

  init(_ found: FoundRate) { self.found = found }

  var svg: String {
    let curve = found.curve
    var marks = [LinePanel.Mark(x: found.rate, title: "named: \(found.rate)")]
    if let lowest = curve.lowest {
      marks.append(LinePanel.Mark(x: lowest.rate, title: String(format: "lowest: %.2g", lowest.rate)))
    }
    return LineChart(
      names: ["while the rate rises", "at \(found.rate)"],
      panels: [
        LinePanel(
          title: "Training loss, mean over \(curve.window) steps", horizontalTitle: "learning rate",
          series: [LineSeries(index: 0, points: points(curve.smoothed), raw: points(curve.points))],
          isLogarithmic: true, marks: marks),
        LinePanel(
          title: "Training loss at \(found.rate), mean over \(found.trial.window) steps", horizontalTitle: "step",
          series: [
            LineSeries(
              index: 1, points: steps(of: found.trial).smoothed(over: curve.window), raw: steps(of: found.trial))
          ]),
      ]
    ).svg
  }

  private func points(_ points: [RateCurve.Point]) -> [ChartPoint] {
    points.map { ChartPoint(x: $0.rate, y: $0.loss) }
  }

  private func steps(of curve: RateCurve) -> [ChartPoint] {
    curve.points.enumerated().map { ChartPoint(x: Double($0 + 1), y: $1.loss) }
  }
}
