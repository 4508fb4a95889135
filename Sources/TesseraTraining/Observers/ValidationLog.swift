import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation

/// Writes `validation.jsonl`: one JSON object per line for each epoch's validation, with the pixels of every class and
/// which class is mistaken for which.
///
/// ```
/// {"classes":[{"index":1,"name":"sky","pixels":812,"predicted":790,"right":771},...],
///  "confusions":[[1,4,23],...],"epoch":1,"event":"validation","otherConfusions":0}
/// ```
/// `confusions` holds the true class, the predicted one and the pixels, the most frequent first; what a very long list
/// leaves out is counted in `otherConfusions`. A resumed run goes back to the lines that were there when it was saved.
public final class ValidationLog: TrainingObserver {
  private let file: JSONLinesFile
  private let labelSpace: LabelSpace
  private var matrix: ConfusionMatrix

  private struct Line: Encodable {
    var event = "validation"
    let epoch: Int, classes: [ClassScore], confusions: [[Int]], otherConfusions: Int
  }

  /// The most confusions that a line holds; up to 32 classes have no more.
  static let mostConfusions = 1000

  /// - Parameters:
  ///   - path: a new file, whose folder is created if missing, or the file of a resumed run; its contents are
  ///     replaced when the run starts.
  ///   - labelSpace: that of the metrics.
  /// - Throws: `TrainingError.unwritable`.
  public init(path: String, labelSpace: LabelSpace) throws {
    file = try JSONLinesFile(path: path)
    self.labelSpace = labelSpace
    matrix = ConfusionMatrix(labelSpace)
  }

  /// All lines so far.
  public var memory: (name: String, bytes: () throws -> [UInt8])? { ("validation", { [file] in try file.bytes }) }

  public func resume(from memory: [UInt8]) throws { try file.restore(memory) }

  public func trainingStarts(_ plan: TrainingPlan) throws { try file.begin() }

  public func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) {
    if index == 0 { matrix = ConfusionMatrix(labelSpace) }
    matrix.add(predicted: predictions, truth: batch.masks.indices)
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {
    guard let validation = report.validation else { return }
    let confusions = matrix.confusions
    try file.append(
      Line(
        epoch: report.epoch, classes: validation.metrics.classes,
        confusions: confusions.prefix(Self.mostConfusions).map { [$0.truth, $0.prediction, $0.pixels] },
        otherConfusions: confusions.dropFirst(Self.mostConfusions).reduce(0) { $0 + $1.pixels }))
  }

  public func trainingInterrupted(step: Int) throws { try file.finish() }
  public func trainingFailed(with error: any Error) throws { try file.finish() }
  public func trainingEnded(_ outcome: TrainingOutcome) throws { try file.finish() }
}
