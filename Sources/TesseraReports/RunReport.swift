import Foundation
import TesseraDatasets
import TesseraFiles
import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import TesseraTraining

/// Writes `report.html` into a run's folder, and again behind every epoch; see ``RunPage``.
///
/// It reads what `MetricsLog` and `ValidationLog` write, so it stands behind them among the observers, and writes
/// `status.json` and `report-pictures.json` beside them, from which the page can be made again. A report that cannot be
/// written is no reason to end a run: it is said once.
public final class RunReport: TrainingObserver {
  private let folder: String
  private let labelSpace: LabelSpace
  private let warn: (String) -> Void
  private let now: () -> Date
  private var ranking: PictureRanking
  private var run: RunRecord?
  private var hasWarned = false

  /// So many of the best pictures, and of the worst.
  private static let picturesEach = 4

  /// - Parameters:
  ///   - folder: holds the run's `config.json` and `metrics.jsonl`.
  ///   - labelSpace: that of the metrics.
  ///   - warn: takes a line about a report that cannot be written; writes it to standard error by default.
  ///   - now: tells the time.
  public init(
    in folder: String, labelSpace: LabelSpace, warn: ((String) -> Void)? = nil, now: @escaping () -> Date = Date.init
  ) {
    self.folder = folder
    self.labelSpace = labelSpace
    self.warn = warn ?? { FileHandle.standardError.write(Data("Warning: \($0)\n".utf8)) }
    self.now = now
    ranking = PictureRanking(labelSpace: labelSpace, keeping: Self.picturesEach)
  }

  /// The page.
  public var path: String { "\(folder)/\(RunFiles.page)" }

  public func trainingStarts(_ plan: TrainingPlan) {
    attempt {
      let pictures = "\(folder)/\(RunFiles.pictures)"
      // What a run left here that was killed before it was ever saved.
      if plan.completed.isEmpty, FileManager.default.fileExists(atPath: pictures) {
        try FileManager.default.removeItem(atPath: pictures)
      }
      try write(.running)
    }
  }

  public func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) {
    if index == 0 { ranking = PictureRanking(labelSpace: labelSpace, keeping: Self.picturesEach) }
    ranking.add(batch, predictions: predictions)
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) {
    attempt {
      try ranking.pictures(ofEpoch: report.epoch).write(to: "\(folder)/\(RunFiles.pictures)")
      try write(.running)
    }
  }

  public func trainingInterrupted(step: Int) {
    attempt { try write(.interrupted, "It was asked to stop behind step \(step)") }
  }

  public func trainingFailed(with error: any Error) {
    // What ends the run is told anyway, and may be why this fails, too.
    hasWarned = true
    attempt { try write(.failed, "\(error)") }
  }

  public func trainingEnded(_ outcome: TrainingOutcome) {
    attempt {
      switch outcome.ending {
      case .completed: try write(.finished)
      case .outOfPatience(let best): try write(.finished, "No epoch was better than epoch \(best) for too long")
      case .outOfTime(let step): try write(.interrupted, "Its time was up behind step \(step)")
      }
    }
  }

  private func write(_ state: RunStatus.State, _ detail: String? = nil) throws {
    try RunStatus(state, detail: detail, updated: now()).write(to: "\(folder)/\(RunFiles.status)")
    if run == nil { run = try RunRecord(contentsOf: folder) } else { try run?.update() }
    try run?.writePage()
  }

  private func attempt(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      if !hasWarned { warn("\(path) is not up to date: \(Self.reason(of: error)); the run goes on") }
      hasWarned = true
    }
  }

  private static func reason(of error: any Error) -> String {
    if case .unwritable(_, let reason)? = error as? RunRecordError { return reason }
    return systemReason(of: error)
  }
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
      try Data(RunPage(of: self).html.utf8).write(to: URL(fileURLWithPath: page), options: .atomic)
    } catch {
      throw .unwritable(page, reason: systemReason(of: error))
    }
    return page
  }
}

extension [UInt8] {
  var data: Data { Data(self) }
}
