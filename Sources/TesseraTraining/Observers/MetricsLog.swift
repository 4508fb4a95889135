import TesseraNetworks
import TesseraSegmentation

/// Writes `metrics.jsonl`: one JSON object per line for each step and epoch, on disk as it happens.
///
/// A resumed run goes back to the lines that were there when it was saved: one line per step, none twice.
public final class MetricsLog: TrainingObserver {
  private let file: JSONLinesFile

  private struct StepLine: Encodable {
    var event = "step"
    let epoch: Int, step: Int, loss: Float, accuracy: Float, learningRate: Double, seconds: Double, dataSeconds: Double
    /// Absent if the loss names none.
    let parts: [String: Float]?
  }

  private struct EpochLine: Encodable {
    private enum CodingKeys: String, CodingKey {
      case event, epoch, loss, accuracy, seconds, validationLoss, validationAccuracy, meanIoU
    }

    let report: EpochReport

    func encode(to encoder: any Encoder) throws {
      var line = encoder.container(keyedBy: CodingKeys.self)
      try line.encode("epoch", forKey: .event)
      try line.encode(report.epoch, forKey: .epoch)
      try line.encode(report.loss, forKey: .loss)
      try line.encode(report.accuracy, forKey: .accuracy)
      try line.encode(report.seconds, forKey: .seconds)
      // What is measured but counts nothing is null; what is not measured is absent.
      guard let validation = report.validation else { return }
      try line.encode(validation.loss, forKey: .validationLoss)
      try line.encode(validation.accuracy, forKey: .validationAccuracy)
      try line.encode(validation.meanIoU, forKey: .meanIoU)
    }
  }

  /// - Parameter path: a new file, whose folder is created if missing, or the file of a resumed run; its contents are
  ///   replaced when the run starts.
  /// - Throws: `TrainingError.unwritable`.
  public init(path: String) throws { file = try JSONLinesFile(path: path) }

  /// All lines so far.
  public var memory: (name: String, bytes: () throws -> [UInt8])? { ("metrics", { [file] in try file.bytes }) }

  public func resume(from memory: [UInt8]) throws { try file.restore(memory) }

  public func trainingStarts(_ plan: TrainingPlan) throws { try file.begin() }

  public func stepEnded(_ report: StepReport) throws {
    try file.append(
      StepLine(
        epoch: report.epoch, step: report.step, loss: report.loss, accuracy: report.accuracy,
        learningRate: report.learningRate, seconds: report.seconds, dataSeconds: report.dataSeconds,
        parts: report.parts.isEmpty ? nil : report.parts))
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {
    try file.append(EpochLine(report: report))
  }

  public func trainingInterrupted(step: Int) throws { try file.finish() }
  public func trainingFailed(with error: any Error) throws { try file.finish() }
  public func trainingEnded(_ outcome: TrainingOutcome) throws { try file.finish() }
}
