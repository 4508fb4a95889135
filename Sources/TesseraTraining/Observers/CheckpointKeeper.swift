import Foundation
import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation

/// Saves a run so it can resume however it ended, and keeps its best weights.
///
/// | file | what |
/// |---|---|
/// | `last.safetensors` | the whole state of the run after its last epoch, or later; also a checkpoint to predict with
/// |
/// | `previous.safetensors` | the state before that, in case the last one is damaged |
/// | `best.safetensors` | the weights of the best epoch |
/// | `epoch-NNN.safetensors` | if more than one is kept: the weights of each of the best epochs |
///
/// The best epoch is the one with the highest mean IoU on the validation data or, without it, the lowest training loss.
/// Files are replaced atomically: a crash leaves the previous ones.
///
/// A file that cannot be written during the run is tried again at the next opportunity; at the run's end it is an
/// error.
public final class CheckpointKeeper: TrainingObserver {
  private let folder: String
  private let labelSpace: LabelSpace
  private let imageSize: ImageSize
  private let framing: Framing
  private let bestCount: Int
  private let interval: Duration
  private let configuration: [UInt8]
  private let notes: [String: String]
  private let request: SaveRequest?
  /// The epochs whose weights could be kept.
  private var epochs: [EpochReport] = []
  private var lastTried = ContinuousClock.now
  /// Whether the last attempt to save succeeded.
  public private(set) var isSaved = true
  /// The step of the state that can be resumed from; `nil` if there is none.
  public private(set) var savedStep: Int?

  /// - Parameters:
  ///   - folder: created if missing.
  ///   - labelSpace: what the outputs mean.
  ///   - imageSize: the size of the training pictures.
  ///   - framing: how pictures become pictures of that size.
  ///   - bestCount: the number of best epochs whose weights are kept.
  ///   - interval: how often the run is saved within an epoch.
  ///   - configuration: what started the run, recorded in its checkpoints.
  ///   - notes: what every checkpoint records besides epoch, step and metrics.
  ///   - request: asks to save after the current step.
  /// - Throws: `TrainingError.unwritable`.
  public init(
    in folder: String, labelSpace: LabelSpace, imageSize: ImageSize, framing: Framing = .stretch,
    keepingBest bestCount: Int = 1, savingEvery interval: Duration = .seconds(600), configuration: [UInt8] = [],
    notes: [String: String] = [:], on request: SaveRequest? = nil
  ) throws {
    try makeWritableFolder(folder)
    self.folder = folder
    self.labelSpace = labelSpace
    self.imageSize = imageSize
    self.framing = framing
    self.bestCount = bestCount
    self.interval = interval
    self.configuration = configuration
    self.notes = notes
    self.request = request
  }

  /// The state of the run.
  public var lastPath: String { RunCheckpoints.last(in: folder) }
  /// The state before.
  public var previousPath: String { RunCheckpoints.previous(in: folder) }
  /// The weights of the best epoch.
  public var bestPath: String { folder + "/best.safetensors" }

  public func trainingStarts(_ plan: TrainingPlan) {
    // An epoch whose weights could not be written must not keep a later one from being the best.
    let best = (try? SafeTensors(contentsOf: bestPath))?.metadata["epoch"].flatMap { Int($0) }
    epochs = plan.completed.filter {
      $0.epoch == best || FileManager.default.fileExists(atPath: path(ofEpoch: $0.epoch))
    }
    if plan.stepsDone > 0 { savedStep = plan.stepsDone }
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {
    let kept = best
    epochs.append(report)
    do {
      try keep(report, model)
    } catch {
      // The best one there stays, and a later epoch that is better replaces it.
      epochs.removeLast()
      throw PostponedError(error)
    }
    for epoch in kept where !best.contains(epoch) { try? FileManager.default.removeItem(atPath: path(ofEpoch: epoch)) }
  }

  private func keep(_ report: EpochReport, _ model: any SegmentationModel) throws {
    guard best.contains(report.epoch) else { return }
    try makeWritableFolder(folder)
    let checkpoint = SegmentationCheckpoint(
      model: model, labelSpace: labelSpace, imageSize: imageSize, framing: framing, notes: notes(of: report))
    // The best comes last: it is replaced only by what is kept everywhere.
    if bestCount > 1 { try checkpoint.save(to: path(ofEpoch: report.epoch)) }
    guard best.first == report.epoch else { return }
    do {
      try checkpoint.save(to: bestPath)
    } catch {
      // Half kept, it would be in the way of the run's state on a full disk, and of later epochs after a resumption.
      if bestCount > 1 { try? FileManager.default.removeItem(atPath: path(ofEpoch: report.epoch)) }
      throw error
    }
  }

  public func canSave(at moment: TrainingMoment, _ snapshot: () throws -> TrainingSnapshot) throws {
    let isAsked = request?.take() ?? false
    switch moment {
    case .step where !isAsked && ContinuousClock.now - lastTried < interval: return
    case .end where isSaved: return
    default: break
    }
    isSaved = false
    lastTried = .now
    do {
      try save(at: moment, snapshot())
    } catch let error as TrainingError where !error.leavesWeightsSound {
      throw error
    } catch  where moment == .step || moment == .epoch {
      throw PostponedError(error)
    }
    isSaved = true
  }

  private func save(at moment: TrainingMoment, _ snapshot: TrainingSnapshot) throws {
    var notes = self.notes.merging(
      ["epoch": "\(snapshot.position.epoch)", "step": "\(snapshot.position.step)"]
    ) { $1 }
    switch moment {
    case .epoch: notes = snapshot.reports.last.map { self.notes(of: $0) } ?? notes
    case .interruption: notes["interrupted"] = "true"
    case .failure: notes["failed"] = "true"
    case .step, .timeLimit, .end: break
    }
    // Somebody may have removed it during the run.
    try makeWritableFolder(folder)
    try snapshot.save(
      to: lastPath, labelSpace: labelSpace, imageSize: imageSize, framing: framing, notes: notes,
      configuration: configuration, keepingPreviousAt: previousPath)
    savedStep = snapshot.position.step
  }

  /// The numbers of the best epochs so far, the best first; of equals, the earlier.
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
