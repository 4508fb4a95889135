import Foundation
import Tessera
import TesseraReports
import TesseraTensorBoard

// What keeps a run's folder.
extension TrainingSession {
  func makeKeeper(
    in folder: RunFolder, record: [UInt8], notes: [String: String] = [:], on request: SaveRequest = SaveRequest()
  ) throws -> CheckpointKeeper {
    try CheckpointKeeper(
      in: folder.checkpointsPath, labelSpace: data.labelSpace, imageSize: options.imageSize,
      framing: options.framing, keepingBest: options.keepBest, savingEvery: .seconds(60 * options.saveEvery),
      configuration: record, notes: notes, on: request)
  }

  /// What writes the run's folder, besides the checkpoints.
  struct Reporters {
    let metrics: MetricsLog
    let validation: ValidationLog
    let pictures: PredictionPictures
    let report: RunReport
    let board: TensorBoardLogger?

    /// In the order in which they are told.
    func all(with keeper: CheckpointKeeper) -> [any TrainingObserver] {
      [metrics, validation, pictures, keeper, report] + (board.map { [$0] } ?? [])
    }
  }

  func makeReporters(
    for model: any SegmentationModel, in folder: RunFolder, record: [UInt8]
  ) throws -> Reporters {
    Reporters(
      metrics: try MetricsLog(path: folder.metricsPath),
      validation: try ValidationLog(path: folder.validationPath, labelSpace: data.metricSpace),
      pictures: try PredictionPictures(in: folder.predictionsPath),
      report: RunReport(in: folder.path, labelSpace: data.metricSpace),
      board: try options.tensorBoard ? makeLogger(for: model, in: folder, record: record) : nil)
  }

  private func makeLogger(
    for model: any SegmentationModel, in folder: RunFolder, record: [UInt8]
  ) throws -> TensorBoardLogger {
    try TensorBoardLogger(
      in: folder.path, graph: model.graph(height: options.imageSize.height, width: options.imageSize.width),
      hyperParameters: try hyperParameters(of: model, record: record),
      histogramsEvery: options.histograms == 0 ? nil : options.histograms)
  }
}
