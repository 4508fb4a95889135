import Foundation
import TesseraSegmentation
import TesseraTensors

/// Writes `metrics.jsonl`: one JSON object a line for each step and epoch, on the disk as it happens.
public final class MetricsLog: TrainingObserver {
  private let path: String
  private let file: FileHandle
  private let encoder = JSONEncoder()

  private struct StepLine: Encodable {
    var event = "step"
    let epoch: Int, step: Int, loss: Float, accuracy: Float, learningRate: Double, seconds: Double, dataSeconds: Double
  }

  private struct EpochLine: Encodable {
    var event = "epoch"
    let epoch: Int, loss: Float, accuracy: Float, validationLoss: Float?, validationAccuracy: Float?
    let meanIoU: Double?, seconds: Double
  }

  /// - Parameter path: a new file; what was there is replaced.
  /// - Throws: `TrainingError.unwritable`.
  public init(path: String) throws {
    self.path = path
    do {
      try Data().write(to: URL(fileURLWithPath: path))
      file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    } catch {
      throw TrainingError.unwritable(path: path, reason: systemReason(of: error))
    }
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  public func stepEnded(_ report: StepReport) throws {
    try append(
      StepLine(
        epoch: report.epoch, step: report.step, loss: report.loss, accuracy: report.accuracy,
        learningRate: report.learningRate, seconds: report.seconds, dataSeconds: report.dataSeconds))
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {
    try append(
      EpochLine(
        epoch: report.epoch, loss: report.loss, accuracy: report.accuracy, validationLoss: report.validation?.loss,
        validationAccuracy: report.validation?.accuracy, meanIoU: report.validation?.metrics.meanIoU,
        seconds: report.seconds))
  }

  private func append(_ line: some Encodable) throws {
    let bytes = try encoder.encode(line) + Data("\n".utf8)
    do {
      try file.write(contentsOf: bytes)
    } catch {
      throw TrainingError.unwritable(path: path, reason: systemReason(of: error))
    }
  }
}
