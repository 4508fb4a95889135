import Foundation
import Tessera

/// Metrics as a table for people or one JSON object for scripts.
struct MetricsReport {
  private let metrics: SegmentationMetrics
  private let kerasAccuracy: KerasAccuracy
  private let boundaries: SegmentationMetrics
  private let boundaryShare: Double

  /// - Parameter boundaries: of the same pictures.
  init(_ metrics: SegmentationMetrics, kerasAccuracy: KerasAccuracy, boundaries: BoundaryIoU) {
    self.metrics = metrics
    self.kerasAccuracy = kerasAccuracy
    self.boundaries = boundaries.metrics(absentClasses: metrics.absentClasses)
    boundaryShare = boundaries.share
  }

  private struct Report: Encodable {
    struct Class: Encodable {
      let name: String, iou: Double, accuracy: Double, precision: Double, dice: Double, boundaryIoU: Double, pixels: Int
    }
    let pixelAccuracy: Double, meanAccuracy: Double, meanIoU: Double, frequencyWeightedIoU: Double
    let meanDice: Double, meanBoundaryIoU: Double, boundaryShare: Double
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
        frequencyWeightedIoU: metrics.frequencyWeightedIoU, meanDice: metrics.meanDice,
        meanBoundaryIoU: boundaries.meanIoU, boundaryShare: boundaryShare, officialScore: metrics.officialScore,
        absentClasses: metrics.absentClasses.rawValue, kerasAccuracy: kerasAccuracy.value,
        classes: zip(metrics.classes, boundaries.classes).map { score, near in
          Report.Class(
            name: score.name, iou: score.iou, accuracy: score.accuracy, precision: score.precision, dice: score.dice,
            boundaryIoU: near.iou, pixels: score.pixels)
        })
      return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
  }

  var text: String {
    let rows = zip(metrics.classes, boundaries.classes).filter { !$0.0.isAbsent }.map { score, near in
      [
        "\(score.index)", score.name, percent(score.iou), score.pixels == 0 ? "-" : percent(score.accuracy),
        score.predicted == 0 ? "-" : percent(score.precision), percent(score.dice), percent(near.iou),
        grouped(score.pixels),
      ]
    }
    let heading = ["class", "name", "IoU %", "accuracy %", "precision %", "Dice %", "boundary IoU %", "pixels"]
    let table = Table([heading] + rows, rightAligned: [0, 2, 3, 4, 5, 6, 7])
    let absent = metrics.classes.count(where: \.isAbsent)
    let totals = [
      ("pixel accuracy", percent(metrics.pixelAccuracy) + " %"),
      ("mean accuracy", percent(metrics.meanAccuracy) + " %"),
      ("mean IoU", String(format: "%.4f", metrics.meanIoU)),
      ("mean Dice", String(format: "%.4f", metrics.meanDice)),
      (
        "mean boundary IoU",
        String(format: "%.4f", boundaries.meanIoU) + ", within \(boundaryShare.shortText) of the diagonal of contours"
      ),
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
