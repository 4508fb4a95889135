import Foundation
import TesseraSegmentation

/// Shows how a run goes on standard error: a moving line on a terminal, one line an epoch always.
///
/// ```
/// epoch 3/10  [=========>          ]  47/100  loss 1.234  accuracy 61.2 %  4.1 img/s  data 0.00 s  left 0:02:13
/// epoch 3/10  loss 1.198  accuracy 62.0 %  validation loss 1.301  accuracy 60.4 %  mIoU 0.281  4.2 img/s  0:01:57
/// ```
public final class ProgressBar: TrainingObserver {
  private let isTerminal: Bool
  private let output: (String) -> Void
  private var plan = TrainingPlan(epochs: 0, stepsPerEpoch: 0, batchSize: 0)
  private var lossSum: Float = 0
  private var accuracySum: Float = 0
  private var stepsSeen = 0
  private var imagesSeen = 0
  private var recentSeconds = 0.0
  private var lineLength = 0
  private var validationSeconds = 0.0
  private var trainingSeconds = 0.0

  /// - Parameters:
  ///   - isTerminal: whether lines may be drawn over; asks standard error by default.
  ///   - output: where text goes; standard error by default.
  public init(isTerminal: Bool = isatty(2) == 1, output: ((String) -> Void)? = nil) {
    self.isTerminal = isTerminal
    self.output = output ?? { FileHandle.standardError.write(Data($0.utf8)) }
  }

  deinit {
    // A run that failed leaves its line open; the error message starts on a line of its own.
    if lineLength > 0 { output("\n") }
  }

  public func trainingStarts(_ plan: TrainingPlan) {
    self.plan = plan
    if plan.stepsDone > 0 { finish("going on behind step \(plan.stepsDone)") }
  }

  public func stepEnded(_ report: StepReport) {
    if report.stepInEpoch == 1 { (lossSum, accuracySum, trainingSeconds, stepsSeen, imagesSeen) = (0, 0, 0, 0, 0) }
    lossSum += report.loss
    accuracySum += report.accuracy
    trainingSeconds += report.seconds
    stepsSeen += 1
    imagesSeen += report.images
    // The first step of a run warms memory up: later steps outweigh it soon.
    recentSeconds =
      report.step <= plan.stepsDone + 2 ? report.seconds : 0.9 * recentSeconds + 0.1 * report.seconds
    guard isTerminal else { return }
    let filled = 20 * report.stepInEpoch / plan.stepsPerEpoch
    let bar = String(repeating: "=", count: max(0, filled - 1)) + (filled > 0 ? ">" : "")
    let steps = Float(stepsSeen)
    let stepsLeft = plan.stepsPerEpoch * plan.epochs - report.step
    let left = Double(stepsLeft) * recentSeconds + Double(plan.epochs - report.epoch + 1) * validationSeconds
    draw(
      "epoch \(report.epoch)/\(plan.epochs)  [\(bar.padding(toLength: 20, withPad: " ", startingAt: 0))]  "
        + "\(report.stepInEpoch)/\(plan.stepsPerEpoch)  loss \(fixed(lossSum / steps, 3))  "
        + "accuracy \(percent(accuracySum / steps))  \(fixed(Float(Double(report.images) / recentSeconds), 1)) img/s  "
        + "data \(fixed(Float(report.dataSeconds), 2)) s  left \(time(left))")
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) {
    // An epoch that was resumed has seconds of another process.
    if stepsSeen == plan.stepsPerEpoch { validationSeconds = max(0, report.seconds - trainingSeconds) }
    var line =
      "epoch \(report.epoch)/\(plan.epochs)  loss \(fixed(report.loss, 3))  accuracy \(percent(report.accuracy))"
    if let validation = report.validation {
      line +=
        "  validation loss \(fixed(validation.loss, 3))  accuracy \(percent(validation.accuracy))"
        + "  mIoU \(fixed(Float(validation.metrics.meanIoU), 3))"
    }
    line += "  \(fixed(Float(Double(imagesSeen) / max(trainingSeconds, 1e-9)), 1)) img/s"
    finish(line + "  \(time(report.seconds))")
  }

  public func trainingInterrupted(step: Int) {
    finish("interrupted behind step \(step)")
  }

  /// Draws over the current line.
  private func draw(_ line: String) {
    output("\r" + line + String(repeating: " ", count: max(0, lineLength - line.count)))
    lineLength = line.count
  }

  private func finish(_ line: String) {
    if isTerminal { draw(line) } else { output(line) }
    output("\n")
    lineLength = 0
  }

  private func fixed(_ value: Float, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
  private func percent(_ value: Float) -> String { fixed(100 * value, 1) + " %" }

  private func time(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }
}
