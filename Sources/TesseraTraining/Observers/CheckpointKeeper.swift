import Foundation
import TesseraImaging
import TesseraSegmentation

/// Saves a run, so that it can go on after any end, and keeps its best weights.
///
/// | file | what |
/// |---|---|
/// | `last.safetensors` | the whole state of the run behind its last epoch, or later; also a checkpoint to predict with |
/// | `previous.safetensors` | the state before that, for the case that the last one is damaged |
/// | `best.safetensors` | the weights of the best epoch |
/// | `epoch-NNN.safetensors` | where more than one is kept: the weights of each of the best epochs |
///
/// The best epoch is the one with the highest mean IoU on the validation data, or without these the lowest training
/// loss. Files are replaced whole: a crash leaves the former ones.
public final class CheckpointKeeper: TrainingObserver {
  private let folder: String
  private let labelSpace: LabelSpace
  private let imageSize: Int
  private let bestCount: Int
  private let interval: Duration
  private let configuration: [UInt8]
  private let notes: [String: String]
  private var epochs: [EpochReport] = []
  private var lastSaved = ContinuousClock.now

  /// - Parameters:
  ///   - folder: is made where it is missing.
  ///   - labelSpace: what the outputs mean.
  ///   - imageSize: the side of the training pictures.
  ///   - bestCount: how many of the best epochs' weights are kept.
  ///   - interval: how often the run is saved within an epoch.
  ///   - configuration: what made the run, to be found again in its checkpoints.
  ///   - notes: what every checkpoint says besides epoch, step and metrics.
  /// - Throws: `TrainingError.unwritable`.
  public init(
    in folder: String, labelSpace: LabelSpace, imageSize: Int, keepingBest bestCount: Int = 1,
    savingEvery interval: Duration = .seconds(600), configuration: [UInt8] = [],
    notes: [String: String] = [:]
  ) throws {
    try makeWritableFolder(folder)
    self.folder = folder
    self.labelSpace = labelSpace
    self.imageSize = imageSize
    self.bestCount = bestCount
    self.interval = interval
    self.configuration = configuration
    self.notes = notes
  }

  /// The state of the run.
  public var lastPath: String { RunCheckpoints.last(in: folder) }
  /// The state before.
  public var previousPath: String { RunCheckpoints.previous(in: folder) }
  /// The weights of the best epoch.
  public var bestPath: String { folder + "/best.safetensors" }

  public func trainingStarts(_ plan: TrainingPlan) { epochs = plan.completed }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {
    let kept = best
    epochs.append(report)
    let checkpoint = SegmentationCheckpoint(
      model: model, labelSpace: labelSpace, imageSize: imageSize, notes: notes(of: report))
    if best.first == report.epoch { try checkpoint.save(to: bestPath) }
    guard bestCount > 1 else { return }
    if best.contains(report.epoch) { try checkpoint.save(to: path(ofEpoch: report.epoch)) }
    for epoch in kept where !best.contains(epoch) { try? FileManager.default.removeItem(atPath: path(ofEpoch: epoch)) }
  }

  public func canSave(at moment: TrainingMoment, _ snapshot: () throws -> TrainingSnapshot) throws {
    if moment == .step && ContinuousClock.now - lastSaved < interval { return }
    let snapshot = try snapshot()
    var notes = self.notes.merging(
      ["epoch": "\(snapshot.position.epoch)", "step": "\(snapshot.position.step)"]
    ) { $1 }
    switch moment {
    case .epoch: notes = snapshot.reports.last.map { self.notes(of: $0) } ?? notes
    case .interruption: notes["interrupted"] = "true"
    case .failure: notes["failed"] = "true"
    case .step, .timeLimit: break
    }
    try snapshot.save(
      to: lastPath, labelSpace: labelSpace, imageSize: imageSize, notes: notes, configuration: configuration,
      keepingPreviousAt: previousPath)
    lastSaved = .now
  }

  /// The numbers of the best epochs so far, the best first; of equals the earlier.
  private var best: [Int] {
    epochs.sorted { ($0.score, -$0.epoch) > ($1.score, -$1.epoch) }.prefix(bestCount).map(\.epoch)
  }

  private func path(ofEpoch epoch: Int) -> String { folder + String(format: "/epoch-%03d.safetensors", epoch) }

  private func notes(of report: EpochReport) -> [String: String] {
    var notes = self.notes.merging(
      ["epoch": "\(report.epoch)", "step": "\(report.step)", "loss": "\(report.loss)"]
    ) { $1 }
    if let validation = report.validation {
      notes["validationLoss"] = validation.loss.map { "\($0)" }
      notes["meanIoU"] = validation.meanIoU.map { "\($0)" }
    }
    return notes
  }
}
