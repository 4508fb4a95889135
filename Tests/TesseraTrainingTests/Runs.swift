import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraOptimizers
import TesseraNetworks
import TesseraScenes
import TesseraSegmentation
import TesseraTensors
import TesseraTraining

/// A tiny U-Net for the drawn scenes.
func tinyNetwork(classes: Int = 10, width: Int = 2, dropout: Float = 0, seed: UInt64 = 1) -> UNet {
  UNet(.init(classes: classes, width: width, dropout: dropout), random: RandomStream(seed: seed))
}

/// Drawn scenes of 16 x 16 pixels.
func tinyScenes(_ count: Int, seed: UInt64 = 5) -> SyntheticScenes {
  SyntheticScenes(count: count, width: 16, height: 16, seed: seed)
}

/// Samples that a test makes itself.
struct FixedSamples: SegmentationDataset {
  let labelSpace: LabelSpace
  let samples: [Sample]

  var count: Int { samples.count }
  func sample(at index: Int) -> Sample { samples[index] }
  func sample(at index: Int, width: Int, height: Int) -> Sample { samples[index] }

  /// Grey 16 x 16 pictures, one for each list of indices, which repeats over the pixels.
  init(_ lists: [[UInt16]], labelSpace: LabelSpace) {
    self.labelSpace = labelSpace
    samples = lists.enumerated().map { number, list in
      Sample(
        name: "sample \(number)", image: Image(width: 16, height: 16, color: Color(120, 120, UInt8(number))),
        mask: Mask(
          width: 16, height: 16, indices: (0..<256).map { list[$0 % list.count] }, labelSpace: labelSpace))
    }
  }
}

/// Writes down what it is told, in order.
final class Recorder: TrainingObserver {
  private(set) var events: [String] = []
  private(set) var steps: [StepReport] = []
  private(set) var epochs: [EpochReport] = []
  private(set) var plan: TrainingPlan?
  private(set) var predictions: [[Int32]] = []
  var onStep: (StepReport) throws -> Void = { _ in }
  var onValidated: () throws -> Void = {}

  func trainingStarts(_ plan: TrainingPlan) {
    events.append("start")
    self.plan = plan
  }

  func stepEnded(_ report: StepReport) throws {
    events.append("step \(report.step)")
    steps.append(report)
    try onStep(report)
  }

  func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws {
    events.append("validated \(index) of epoch \(epoch)")
    self.predictions.append(predictions)
    try onValidated()
  }

  func epochEnded(_ report: EpochReport, model: any SegmentationModel) {
    events.append("epoch \(report.epoch)")
    epochs.append(report)
  }

  func trainingInterrupted(step: Int) { events.append("interrupted \(step)") }
  func trainingFailed(with error: any Error) { events.append("failed: \(error)") }
  func trainingEnded(_ outcome: TrainingOutcome) { events.append("end \(outcome.reports.count)") }
}

/// Calls `body` with an empty folder, which is removed afterwards.
func withTemporaryFolder<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.path)
}

/// Metrics of a few pixels whose mean IoU is 1/2 (`right` true) or 0.
func metrics(right: Bool = true) -> SegmentationMetrics {
  var matrix = ConfusionMatrix(LabelSpace(names: ["a", "b"], void: nil))
  matrix.add(predicted: right ? [0, 0] : [1, 1], truth: [0, 0])
  return matrix.metrics
}

/// A report of an epoch with a training loss and, where `right` says how good it was, a validation.
func epochReport(_ epoch: Int, loss: Float = 1.25, right: Bool? = nil, seconds: Double = 65) -> EpochReport {
  EpochReport(
    epoch: epoch, step: 3 * epoch, loss: loss, accuracy: 0.5,
    validation: right.map { ValidationReport(loss: 1.5, metrics: metrics(right: $0), accuracy: 0.25) },
    seconds: seconds)
}
