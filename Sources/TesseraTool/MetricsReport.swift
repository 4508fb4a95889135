import Foundation
import Tessera
import TesseraCommandLine

/// Metrics as a table for people or one JSON object for scripts.
struct MetricsReport {
  private let metrics: SegmentationMetrics

  init(_ metrics: SegmentationMetrics) { self.metrics = metrics }

  private struct Report: Encodable {
    struct Class: Encodable {
      let name: String, iou: Double, accuracy: Double, pixels: Int
    }
    let pixelAccuracy: Double, meanAccuracy: Double, meanIoU: Double, frequencyWeightedIoU: Double
    let officialScore: Double
    let absentClasses: String
    let classes: [Class]
  }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let report = Report(
        pixelAccuracy: metrics.pixelAccuracy, meanAccuracy: metrics.meanAccuracy, meanIoU: metrics.meanIoU,
        frequencyWeightedIoU: metrics.frequencyWeightedIoU, officialScore: metrics.officialScore,
        absentClasses: SegmentationMetrics.absentClassesRule,
        classes: metrics.classes.map {
          Report.Class(name: $0.name, iou: $0.iou, accuracy: $0.accuracy, pixels: $0.pixels)
        })
      return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
  }

  var text: String {
    let rows = metrics.classes.filter { !$0.isAbsent }.map { score in
      ["\(score.index)", score.name, percent(score.iou), percent(score.accuracy), grouped(score.pixels)]
    }
    let absent = metrics.classes.count(where: \.isAbsent)
    let table = Table([["class", "name", "IoU %", "accuracy %", "pixels"]] + rows, rightAligned: [0, 2, 3, 4])
    let totals = [
      ("pixel accuracy", percent(metrics.pixelAccuracy) + " %"),
      ("mean accuracy", percent(metrics.meanAccuracy) + " %"),
      ("mean IoU", String(format: "%.4f", metrics.meanIoU)),
      ("frequency-weighted IoU", String(format: "%.4f", metrics.frequencyWeightedIoU)),
      ("official score", String(format: "%.4f", metrics.officialScore)),
      ("absent classes", "\(absent) of \(metrics.classes.count), \(SegmentationMetrics.absentClassesRule)"),
    ]
    let lines = totals.map { $0.0.padding(toLength: 24, withPad: " ", startingAt: 0) + $0.1 }
    return "\(table)\n\n" + lines.joined(separator: "\n")
  }

  private func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
}
