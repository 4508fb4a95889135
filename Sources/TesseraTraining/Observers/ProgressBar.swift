import Foundation
import TesseraNetworks
import TesseraSegmentation
import TesseraTerminal

/// Shows a run's progress on standard error: a moving line on a terminal, and always one line per epoch.
///
/// ```
/// epoch 3/10  [=========>          ]  47/100  loss 1.234  accuracy 61.2 %  4.1 img/s  data 0.00 s  left 0:02:13
/// epoch 3/10  loss 1.198  accuracy 62.0 %  validation loss 1.301  accuracy 60.4 %  mIoU 0.281  4.2 img/s  0:01:57
/// ```
///
/// Named parts of the loss follow it, those of the last step. In a narrow terminal the moving line leaves out what
/// matters least.
public final class ProgressBar: TrainingObserver {
  private let status: StatusLine
  private var plan = TrainingPlan(epochs: 0, stepsPerEpoch: 0)
  private var lossSum: Float = 0
  private var accuracySum: Float = 0
  private var stepsSeen = 0
  private var imagesSeen = 0
  private var recentSeconds = 0.0
  private var validationSeconds = 0.0
  private var trainingSeconds = 0.0

  /// - Parameters:
  ///   - terminal: where lines may be drawn over; standard error by default.
  ///   - output: where text goes; standard error by default.
  public init(terminal: Terminal = .standardError, output: ((String) -> Void)? = nil) {
    status = StatusLine(terminal: terminal, output: output)
  }

  public var isEssential: Bool { false }

  public func trainingStarts(_ plan: TrainingPlan) {
    self.plan = plan
    if plan.stepsDone > 0 { status.finish("continuing after step \(plan.stepsDone)") }
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
    guard status.terminal.canRedraw else { return }
    let steps = Float(stepsSeen)
    let stepsLeft = plan.stepsPerEpoch * plan.epochs - report.step
    let left = Double(stepsLeft) * recentSeconds + Double(plan.epochs - report.epoch + 1) * validationSeconds
    let parts = report.parts.sorted { $0.key < $1.key }.map {
      LineLayout.Part("\($0.key) \(fixed($0.value, 3))", importance: 4)
    }
    let losses = [LineLayout.Part("loss \(fixed(lossSum / steps, 3))", importance: 7)] + parts
    let start: [LineLayout.Part] = [
      .init("epoch \(report.epoch)/\(plan.epochs)", importance: 9),
      .bar(Double(report.stepInEpoch) / Double(plan.stepsPerEpoch), importance: 3),
      .init("\(report.stepInEpoch)/\(plan.stepsPerEpoch)", importance: 8),
    ]
    let end: [LineLayout.Part] = [
      .init("accuracy \(percent(accuracySum / steps))", importance: 5),
      .init("\(fixed(Float(Double(report.images) / recentSeconds), 1)) img/s", importance: 2),
      .init("data \(fixed(Float(report.dataSeconds), 2)) s", importance: 1),
      .init("left \(clockTime(left))", importance: 6),
    ]
    status.draw(LineLayout(start + losses + end).line(width: status.terminal.width))
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) {
    // A resumed epoch includes seconds of another process.
    if stepsSeen == plan.stepsPerEpoch { validationSeconds = max(0, report.seconds - trainingSeconds) }
    var line =
      "epoch \(report.epoch)/\(plan.epochs)  loss \(fixed(report.loss, 3))  accuracy \(percent(report.accuracy))"
    if let validation = report.validation {
      let figures = [
        validation.loss.map { "loss \(fixed($0, 3))" }, validation.accuracy.map { "accuracy \(percent($0))" },
        validation.meanIoU.map { "mIoU \(fixed(Float($0), 3))" },
      ].compactMap(\.self)
      line += "  validation " + (figures.isEmpty ? "counted no pixel: all are void" : figures.joined(separator: "  "))
    }
    line += "  \(fixed(Float(Double(imagesSeen) / max(trainingSeconds, 1e-9)), 1)) img/s"
    status.finish(line + "  \(clockTime(report.seconds))")
  }

  public func trainingInterrupted(step: Int) {
    status.finish("interrupted after step \(step)")
  }

  private func fixed(_ value: Float, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
  private func percent(_ value: Float) -> String { fixed(100 * value, 1) + " %" }
}
