import Foundation
import TesseraSegmentation
import TesseraTensors

/// Writes `metrics.jsonl`: one JSON object a line for each step and epoch, on the disk as it happens.
///
/// A resumed run goes back to the lines that were there when it was saved: one line a step, none twice.
public final class MetricsLog: TrainingObserver {
  private let path: String
  private var file: FileHandle
  private var isResumed = false
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

  /// - Parameter path: a new file, or that of a run that is resumed; what was there is replaced when the run starts.
  /// - Throws: `TrainingError.unwritable`.
  public init(path: String) throws {
    self.path = path
    file = try Self.open(path)
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// All lines so far.
  public var memory: (name: String, bytes: [UInt8])? {
    get throws {
      do {
        return ("metrics", [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
      } catch {
        throw TrainingError.unwritable(path: path, reason: systemReason(of: error))
      }
    }
  }

  public func resume(from memory: [UInt8]) throws {
    try attempt { try Data(memory).write(to: URL(fileURLWithPath: path), options: .atomic) }
    file = try Self.open(path)
    isResumed = true
  }

  public func trainingStarts(_ plan: TrainingPlan) throws {
    if !isResumed { try attempt { try file.truncate(atOffset: 0) } }
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
    try attempt { try file.write(contentsOf: bytes) }
  }

  private func attempt(_ body: () throws -> Void) throws(TrainingError) {
    do { try body() } catch { throw .unwritable(path: path, reason: systemReason(of: error)) }
  }

  private static func open(_ path: String) throws(TrainingError) -> FileHandle {
    let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}
