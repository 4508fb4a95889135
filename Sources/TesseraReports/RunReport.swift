import Foundation
import TesseraDatasets
import TesseraFiles
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTraining

/// Writes `report.html` into a run's folder, and again after every epoch; see ``RunPage``.
///
/// It reads what `MetricsLog` and `ValidationLog` write, so it comes after them among the observers, and also writes
/// `status.json` and `report-pictures.json`, from which the page can be rewritten.
public final class RunReport: TrainingObserver {
  private let folder: String
  private let labelSpace: LabelSpace
  private let now: () -> Date
  private var ranking: PictureRanking
  private var run: RunRecord?

  /// The number of best pictures, and of worst ones.
  private static let picturesEach = 4

  /// - Parameters:
  ///   - folder: holds the run's `config.json` and `metrics.jsonl`.
  ///   - labelSpace: that of the metrics.
  ///   - now: tells the time.
  public init(in folder: String, labelSpace: LabelSpace, now: @escaping () -> Date = Date.init) {
    self.folder = folder
    self.labelSpace = labelSpace
    self.now = now
    ranking = PictureRanking(labelSpace: labelSpace, keeping: Self.picturesEach)
  }

  public var isEssential: Bool { false }

  /// The page.
  public var path: String { "\(folder)/\(RunFiles.page)" }

  public func trainingStarts(_ plan: TrainingPlan) throws {
    let pictures = "\(folder)/\(RunFiles.pictures)"
    // Left by a run that was killed before it was ever saved.
    if plan.completed.isEmpty { removeFile(pictures) }
    try write(.running)
  }

  public func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) {
    if index == 0 { ranking = PictureRanking(labelSpace: labelSpace, keeping: Self.picturesEach) }
    ranking.add(batch, predictions: predictions)
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {
    try attempt(RunFiles.pictures) { try ranking.pictures(ofEpoch: report.epoch).write(to: $0) }
    try write(.running)
  }

  public func trainingInterrupted(step: Int) throws {
    try write(.interrupted, "It was asked to stop after step \(step)")
  }

  public func trainingFailed(with error: any Error) throws {
    let isBroken = (error as? TrainingError)?.leavesWeightsSound == false
    try write(.failed, "\(error)", hasBrokenWeights: isBroken)
  }

  public func trainingEnded(_ outcome: TrainingOutcome) throws {
    switch outcome.ending {
    case .completed: try write(.finished)
    case .outOfPatience(let best): try write(.finished, "No epoch was better than epoch \(best) for too long")
    case .outOfTime(let step): try write(.interrupted, "Its time was up after step \(step)")
    case .stopped(let epoch): try write(.interrupted, "It was to stop after epoch \(epoch)")
    }
  }

  private func write(_ state: RunStatus.State, _ detail: String? = nil, hasBrokenWeights: Bool = false) throws {
    let status = RunStatus(state, detail: detail, hasBrokenWeights: hasBrokenWeights, updated: now())
    let written = Result { try attempt(RunFiles.status) { try status.write(to: $0) } }
    try attempt(RunFiles.page) { _ in
      if run == nil { run = try RunRecord(contentsOf: folder) } else { try run?.update() }
      try run?.writePage()
    }
    try written.get()
  }

  private func attempt(_ file: String, _ body: (_ path: String) throws -> Void) throws {
    let path = "\(folder)/\(file)"
    do { try body(path) } catch { throw RunReportError(path: path, reason: Self.reason(of: error)) }
  }

  private static func reason(of error: any Error) -> String {
    switch error {
    case RunRecordError.unwritable(_, let reason): reason
    case let error as RunRecordError: error.description
    default: systemReason(of: error)
    }
  }
}

/// Why a file of the report does not show the state of its run.
struct RunReportError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  var description: String { "\(path) is not up to date: \(reason)" }
}

extension RunRecord {
  /// Writes the run's page into its folder, whole or not at all.
  ///
  /// - Returns: the file.
  /// - Throws: `RunRecordError.unwritable`.
  @discardableResult
  public func writePage() throws(RunRecordError) -> String {
    let page = "\(path)/\(RunFiles.page)"
    do {
      try AtomicFile.write([UInt8](RunPage(of: self).html.utf8), to: page, isDurable: false)
    } catch {
      throw .unwritable(page, reason: error.reason)
    }
    return page
  }
}

extension [UInt8] {
  var data: Data { Data(self) }
}
