import TesseraCharts

/// A quantity that a run records: a name in its `metrics.jsonl`.
public enum RunMetric: String, Sendable, CaseIterable {
  case loss, accuracy, validationLoss, validationAccuracy, meanIoU, learningRate

  /// What is drawn by default.
  public static let usual: [RunMetric] = [.loss, .validationLoss, .meanIoU]

  /// The same for a page, which has more room.
  public static let usualOnPages: [RunMetric] = [.loss, .validationLoss, .validationAccuracy, .meanIoU]

  /// In words.
  public var title: String {
    switch self {
    case .loss: "Training loss"
    case .accuracy: "Training accuracy"
    case .validationLoss: "Validation loss"
    case .validationAccuracy: "Validation accuracy"
    case .meanIoU: "Validation mean IoU"
    case .learningRate: "Learning rate"
    }
  }

  /// Whether each step has a value; otherwise each epoch has one.
  public var isPerStep: Bool {
    switch self {
    case .loss, .accuracy, .learningRate: true
    case .validationLoss, .validationAccuracy, .meanIoU: false
    }
  }

  /// Whether less is better.
  public var isLoss: Bool { self == .loss || self == .validationLoss }

  /// Whether it jumps from step to step, so its mean over several steps says more.
  public var isNoisy: Bool { self == .loss || self == .accuracy }

  /// Its values over steps or epochs, where the run has them.
  public func points(in run: RunRecord) -> [ChartPoint] {
    if isPerStep {
      return run.steps.compactMap { step in value(of: step).map { ChartPoint(x: Double(step.step), y: $0) } }
    }
    return run.epochs.compactMap { epoch in value(of: epoch).map { ChartPoint(x: Double(epoch.epoch), y: $0) } }
  }

  private func value(of step: RunRecord.Step) -> Double? {
    switch self {
    case .loss: step.loss
    case .accuracy: step.accuracy
    case .learningRate: step.learningRate
    case .validationLoss, .validationAccuracy, .meanIoU: nil
    }
  }

  private func value(of epoch: RunRecord.Epoch) -> Double? {
    switch self {
    case .validationLoss: epoch.validationLoss
    case .validationAccuracy: epoch.validationAccuracy
    case .meanIoU: epoch.meanIoU
    case .loss, .accuracy, .learningRate: nil
    }
  }
}
