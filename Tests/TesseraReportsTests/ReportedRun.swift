import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraReports
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TesseraTraining

/// A run's folder as a trainer's observers write it, from values that a test chooses.
struct ReportedRun {
  let folder: String
  let space: LabelSpace
  let report: RunReport
  private let metrics: MetricsLog
  private let validation: ValidationLog
  private let model: UNet

  static let time = Date(timeIntervalSince1970: 1_800_000_000)
  static let side = 8

  /// - Parameter configuration: members of `config.json` besides the classes.
  init(in folder: String, classes names: [String], void: Int? = nil, configuration: String = "\"epochs\":3") throws {
    self.folder = folder
    space = LabelSpace(names: names, void: void)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let labels = String(decoding: try JSONEncoder().encode(space), as: UTF8.self)
    try Data("{\(configuration),\"labelSpace\":\(labels)}".utf8).write(to: URL(filePath: folder + "/config.json"))
    metrics = try MetricsLog(path: folder + "/metrics.jsonl")
    validation = try ValidationLog(path: folder + "/validation.jsonl", labelSpace: space)
    report = RunReport(in: folder, labelSpace: space, now: { Self.time })
    model = UNet(.init(classes: names.count, width: 1, dropout: 0), random: RandomStream(seed: 1))
  }

  private var observers: [any TrainingObserver] { [metrics, validation, report] }

  func start() throws {
    for observer in observers { try observer.trainingStarts(TrainingPlan(epochs: 3, stepsPerEpoch: 2)) }
  }

  /// Two steps and a validation.
  ///
  /// - Parameter pictures: the name, true and predicted classes of each picture, 64 pixels in rows of 8.
  func epoch(_ epoch: Int, loss: Float, _ pictures: [(name: String, truth: [UInt16], prediction: [Int32])]) throws {
    for step in 1...2 {
      let report = StepReport(
        epoch: epoch, step: 2 * (epoch - 1) + step, stepInEpoch: step, loss: loss, accuracy: 0.5, learningRate: 0.01,
        images: 1, seconds: 2, dataSeconds: 0.5)
      for observer in observers { try observer.stepEnded(report) }
    }
    var matrix = ConfusionMatrix(space)
    for (index, picture) in pictures.enumerated() {
      let mask = Mask(width: Self.side, height: Self.side, indices: picture.truth, labelSpace: space)
      let batch = Batch(
        images: Tensor.zeros([1, Self.side, Self.side, 3]), masks: MaskBatch([mask]), names: [picture.name])
      matrix.add(predicted: picture.prediction, truth: batch.masks.indices)
      for observer in observers {
        try observer.validated(batch, predictions: picture.prediction, index: index, epoch: epoch)
      }
    }
    let told = EpochReport(
      epoch: epoch, step: 2 * epoch, loss: loss, accuracy: 0.5,
      validation: ValidationReport(
        loss: loss + 0.25, metrics: matrix.metrics, accuracy: Float(matrix.metrics.pixelAccuracy)), seconds: 6)
    for observer in observers { try observer.epochEnded(told, model: model) }
  }

  func end() throws {
    let outcome = TrainingOutcome(reports: [], ending: .completed, steps: 6)
    for observer in observers { try observer.trainingEnded(outcome) }
  }

  var page: String {
    get throws { try String(contentsOfFile: folder + "/report.html", encoding: .utf8) }
  }

  /// 64 pixels: `first` of class 0, the others of class 1.
  static func split<Index: FixedWidthInteger>(_ first: Int) -> [Index] { (0..<64).map { $0 < first ? 0 : 1 } }
}
