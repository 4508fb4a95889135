import Foundation
import Tessera
import TesseraInspection
import TesseraReports
import TesseraTensorBoard

/// The last word of a run: how good it is, what it wrote, and how to continue.
struct RunSummary {
  private let outcome: TrainingOutcome
  private let session: TrainingSession
  private let model: any SegmentationModel
  private let folder: RunFolder
  private let keeper: CheckpointKeeper
  private let pictures: PredictionPictures
  private let report: RunReport
  private let board: TensorBoardLogger?

  init(
    _ outcome: TrainingOutcome, of session: TrainingSession, _ model: any SegmentationModel, in folder: RunFolder,
    _ keeper: CheckpointKeeper, _ pictures: PredictionPictures, _ report: RunReport, _ board: TensorBoardLogger?
  ) {
    self.outcome = outcome
    self.session = session
    self.model = model
    self.folder = folder
    self.keeper = keeper
    self.pictures = pictures
    self.report = report
    self.board = board
  }

  /// - Throws: `ValidationFailure` if the network learned nothing.
  func write() throws {
    switch outcome.ending {
    case .completed: break
    case .outOfPatience(let best):
      print(
        "ended after epoch \(outcome.reports.count): \(counted(outcome.reports.count - best, "epoch")) without a better "
          + "score than epoch \(best)'s")
    case .outOfTime(let step):
      print("the time is up after step \(step); continue with --resume --output \(folder.path)")
    case .stopped(let epoch): print("stopped after epoch \(epoch); continue with --resume --output \(folder.path)")
    }
    if let metrics = outcome.reports.last?.validation?.metrics { tell(metrics) }
    tell(outcome.rankTimes)
    print("wrote:")
    let files =
      [
        report.path, folder.configurationPath, folder.dataPath, folder.metricsPath, folder.validationPath,
        keeper.lastPath,
        keeper.bestPath,
      ] + (board?.written ?? [])
      + pictures.written
    for path in files where FileManager.default.fileExists(atPath: path) { print("  \(path)") }
    // An example checks itself: guessing all classes equally has the loss log(classes), in each output.
    let (options, size) = (session.options, session.options.imageSize)
    // A teacher's share is multiplied by the temperature's square.
    let more = options.teacher == nil ? 0 : options.teacherWeight * (options.temperature * options.temperature - 1)
    let guessing = log(Float(session.classes)) * (model.lossWeight(height: size.height, width: size.width) + more)
    if let last = outcome.reports.last, last.step >= 50 && !(last.loss < guessing) {
      throw ValidationFailure.learnedNothing(loss: last.loss, guessing: guessing)
    }
  }

  /// Which rank the others wait for, how long, and what is exchanged.
  private func tell(_ times: [TrainingOutcome.RankTime]) {
    guard let slowest = times.indices.max(by: { times[$0].computing < times[$1].computing }) else { return }
    let fastest = times.map(\.computing).min() ?? 0
    let (waiting, all) = times.reduce((0, 0)) { ($0.0 + $1.waiting, $0.1 + $1.waiting + $1.computing) }
    print(
      String(
        format: "ranks: computing %.3f to %.3f s a step, rank %d the longest; "
          + "%.0f %% of the time is waiting for others",
        fastest, times[slowest].computing, slowest, 100 * waiting / max(all, 1e-9)))
    let (exchanging, sent) = times.reduce((0, 0)) { ($0.0 + $1.exchanging, max($0.1, $1.bytesSent)) }
    print(
      String(
        format: "ranks: each sends up to %.2f MB a step; %.3f s a step something is underway, %.0f %% of it hidden",
        sent / 1e6, exchanging / Double(times.count), 100 * max(0, 1 - waiting / max(exchanging, 1e-9))))
  }

  private func tell(_ metrics: SegmentationMetrics) {
    if metrics.pixels > 0 {
      let size = session.options.imageSize
      let seen = if case .crop = session.options.framing { "whole pictures" } else { "at \(size)" }
      print(
        String(
          format: "validation: pixel accuracy %.1f %%, mean accuracy %.1f %%, mIoU %.4f, score %.4f",
          100 * metrics.pixelAccuracy, 100 * metrics.meanAccuracy, metrics.meanIoU, metrics.officialScore)
          + " (\(seen); absent classes \(SegmentationMetrics.absentClassesRule))")
    }
    // A run that counts every value is measured by the layout's rule all the same.
    let countsEveryValue = session.data.labelSpace.void == nil
    let warnings = DataWarnings.lines(
      measured: metrics, labelSpace: session.data.metricSpace,
      voidRemedy: countsEveryValue ? "metrics of annotations/ leave it out, those of masks/ count it" : nil
    )
    for line in warnings { Notice.warning.write("validation: \(line)") }
    // Nothing is learned so well so soon except what the picture gives away.
    if warnings.isEmpty, session.options.initialWeights == nil, outcome.reports.first?.validation?.meanIoU == 1 {
      Notice.warning.write(
        "validation: the mean IoU is exactly 1 from the first epoch on, which is too good: look at the masks with "
          + "`tessera show-data`, and whether validation pictures are training pictures")
    }
  }
}

/// A run that ended without an error but is useless.
package enum ValidationFailure: Error, CustomStringConvertible, LocalizedError {
  case learnedNothing(loss: Float, guessing: Float)

  package var description: String {
    switch self {
    case .learnedNothing(let loss, let guessing):
      "the network learned nothing: its loss \(loss) is not below that of guessing, \(guessing); "
        + "try a lower --learning-rate, and check that masks and pictures belong together"
    }
  }
  package var errorDescription: String? { description }
}
