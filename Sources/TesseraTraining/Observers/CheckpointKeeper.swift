import TesseraImaging
import TesseraSegmentation

/// Keeps the last and the best weights of a run as `last.safetensors` and `best.safetensors`.
///
/// The best epoch is the one with the highest mean IoU on the validation data, or without these the lowest training
/// loss. Files are replaced whole: a crash leaves the former ones.
public final class CheckpointKeeper: TrainingObserver {
  private let folder: String
  private let labelSpace: LabelSpace
  private let imageSize: Int
  private var best: Double?

  /// - Parameters:
  ///   - folder: is made where it is missing.
  ///   - imageSize: the side of the training pictures.
  /// - Throws: `TrainingError.unwritable`.
  public init(in folder: String, labelSpace: LabelSpace, imageSize: Int) throws {
    try makeWritableFolder(folder)
    self.folder = folder
    self.labelSpace = labelSpace
    self.imageSize = imageSize
  }

  /// The weights of the last epoch, or of an interrupted or failed run.
  public var lastPath: String { folder + "/last.safetensors" }
  /// The weights of the best epoch.
  public var bestPath: String { folder + "/best.safetensors" }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {
    var notes = ["epoch": "\(report.epoch)", "step": "\(report.step)", "loss": "\(report.loss)"]
    if let validation = report.validation {
      notes["validationLoss"] = "\(validation.loss)"
      notes["meanIoU"] = "\(validation.metrics.meanIoU)"
    }
    try save(model, to: lastPath, notes)
    let score = report.validation?.metrics.meanIoU ?? -Double(report.loss)
    if best.map({ score > $0 }) ?? true {
      best = score
      try save(model, to: bestPath, notes)
    }
  }

  public func trainingInterrupted(step: Int, model: any SegmentationModel) throws {
    try save(model, to: lastPath, ["step": "\(step)", "interrupted": "true"])
  }

  public func trainingFailed(step: Int, model: any SegmentationModel) throws {
    try save(model, to: lastPath, ["step": "\(step)", "failed": "true"])
  }

  private func save(_ model: any SegmentationModel, to path: String, _ notes: [String: String]) throws {
    try SegmentationCheckpoint(model: model, labelSpace: labelSpace, imageSize: imageSize, notes: notes).save(to: path)
  }
}
