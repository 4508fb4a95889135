import TesseraSegmentation
import TesseraTraining

/// The curves with a point for each epoch. Training and validation share names, and so charts.
enum EpochCurve {
  private static let loss = "epoch/loss"
  private static let accuracy = "epoch/accuracy"
  private static let meanIoU = "epoch/mean_IoU"

  /// What the HPARAMS tab shows of a run.
  static let metrics = [
    HyperParameterMetric(tag: meanIoU, folder: "validation", title: "mean IoU"),
    HyperParameterMetric(tag: accuracy, folder: "validation", title: "validation accuracy"),
    HyperParameterMetric(tag: loss, folder: "validation", title: "validation loss"),
    HyperParameterMetric(tag: accuracy, folder: "", title: "accuracy"),
    HyperParameterMetric(tag: loss, folder: "", title: "loss"),
  ]

  static func training(_ report: EpochReport) -> [EventSummary] {
    [
      .scalar(loss, report.loss, description: "The mean over all counted pixels."),
      .scalar(accuracy, report.accuracy, description: "The share of counted pixels that are right."),
      .scalar("epoch/seconds", Float(report.seconds), description: "Training and validation together."),
    ]
  }

  static func validation(_ report: ValidationReport) -> [EventSummary] {
    let metrics = report.metrics
    let classes = metrics.classes.filter { !$0.isAbsent }.map { score in
      EventSummary.scalar("validation_IoU/\(score.name.replacing("/", with: "-"))", Float(score.iou))
    }
    // If no pixel is counted, there is no point.
    let points: [(tag: String, value: Float?, description: String)] = [
      (loss, report.loss, "The mean over all counted pixels."),
      (accuracy, report.accuracy, "The share of counted pixels that are right."),
      (
        meanIoU, report.meanIoU.map { Float($0) },
        "The mean over classes of intersection over union; absent classes \(metrics.absentClasses.summary)."
      ),
    ]
    return points.compactMap { point in
      point.value.map { .scalar(point.tag, $0, description: point.description) }
    } + classes
  }
}
