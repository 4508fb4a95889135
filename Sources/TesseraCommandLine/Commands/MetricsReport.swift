import Foundation
import Tessera

/// Metrics as a table for people or one JSON object for scripts.
struct MetricsReport {
  private let metrics: SegmentationMetrics
  private let kerasAccuracy: KerasAccuracy

  init(_ metrics: SegmentationMetrics, kerasAccuracy: KerasAccuracy) {
    self.metrics = metrics
    self.kerasAccuracy = kerasAccuracy
  }

  private struct Report: Encodable {
    struct Class: Encodable {
      let name: String, iou: Double, accuracy: Double, precision: Double, dice: Double, pixels: Int
    }
    let pixelAccuracy: Double, meanAccuracy: Double, meanIoU: Double, frequencyWeightedIoU: Double
    let officialScore: Double
    let absentClasses: String
    let kerasAccuracy: Double
    let classes: [Class]
  }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let report = Report(
        pixelAccuracy: metrics.pixelAccuracy, meanAccuracy: metrics.meanAccuracy, meanIoU: metrics.meanIoU,
        frequencyWeightedIoU: metrics.frequencyWeightedIoU, officialScore: metrics.officialScore,
        absentClasses: metrics.absentClasses.rawValue, kerasAccuracy: kerasAccuracy.value,
        classes: metrics.classes.map {
          Report.Class(
            name: $0.name, iou: $0.iou, accuracy: $0.accuracy, precision: $0.precision, dice: $0.dice,
            pixels: $0.pixels)
        })
      return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
  }

  var text: String {
    let rows = metrics.classes.filter { !$0.isAbsent }.map { score in
      [
        "\(score.index)", score.name, percent(score.iou), score.pixels == 0 ? "-" : percent(score.accuracy),
        score.predicted == 0 ? "-" : percent(score.precision), percent(score.dice), grouped(score.pixels),
      ]
    }
    let heading = ["class", "name", "IoU %", "accuracy %", "precision %", "Dice %", "pixels"]
    let table = Table([heading] + rows, rightAligned: [0, 2, 3, 4, 5, 6])
    let absent = metrics.classes.count(where: \.isAbsent)
    let totals = [
      ("pixel accuracy", percent(metrics.pixelAccuracy) + " %"),
      ("mean accuracy", percent(metrics.meanAccuracy) + " %"),
      ("mean IoU", String(format: "%.4f", metrics.meanIoU)),
      ("frequency-weighted IoU", String(format: "%.4f", metrics.frequencyWeightedIoU)),
      ("official score", String(format: "%.4f", metrics.officialScore)),
      (
        "absent classes",
        "\(metrics.absentClasses.rawValue): \(metrics.absentClasses.summary); \(absent) of \(metrics.classes.count) are absent"
      ),
      ("Keras' accuracy", percent(kerasAccuracy.value) + " %, over all pixels, void ones too"),
    ]
    let lines = totals.map { $0.0.padding(toLength: 24, withPad: " ", startingAt: 0) + $0.1 }
    return "\(table)\n\n" + lines.joined(separator: "\n")
  }

  private func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
}
