import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraLayers
import TesseraNetworks
import TesseraPictures
import TesseraSegmentation
import TesseraTraining

/// Writes what TensorBoard shows of a run: curves, validation pictures, histograms of weights and gradients, the graph,
/// and hyperparameters with the resulting metrics.
///
/// ```swift
/// let logger = try TensorBoardLogger(
///   in: "runs/mine", graph: model.graph(height: 128, width: 128), hyperParameters: [.init("rate", .number(0.001))])
/// ```
/// The run's own folder holds what training produces, its folder `validation` what validation produces: two runs for
/// TensorBoard, which draws curves of the same name into one chart. Everything is logged by the finished step, so one
/// number voids what a resumed run repeats.
public final class TensorBoardLogger: TrainingObserver {
  private let folder: String
  private let graph: () -> NetworkGraph?
  private let hyperParameters: [HyperParameter]
  private let pictureLimit: Int
  private let histogramInterval: Int?
  /// Whether what does not depend on steps is still to be logged: TensorBoard expects it only once.
  private var tellsBeginning = false
  private var training: EventFileWriter?
  private var validation: EventFileWriter?
  private var firstStep = 0
  private var epochs = 0
  private var pictures: [EventSummary] = []
  private var shownMasks: [Mask] = []
  // TensorBoard writes it above the pictures.
  private static let pictureGroup = "image | truth | prediction/"

  /// - Parameters:
  ///   - folder: the run's; created if missing.
  ///   - graph: the network's, requested when the run starts; `nil` for no graph.
  ///   - hyperParameters: what this run is compared with others by.
  ///   - pictures: the number of first validation samples that are shown.
  ///   - histograms: epochs from one set of histograms to the next; `nil` for none.
  /// - Throws: `TrainingError.unwritable`.
  public init(
    in folder: String, graph: @autoclosure @escaping () -> NetworkGraph? = nil,
    hyperParameters: [HyperParameter] = [], pictures: Int = 4, histogramsEvery histograms: Int? = 1
  ) throws {
    try makeWritableFolder(folder)
    self.folder = folder
    self.graph = graph
    self.hyperParameters = hyperParameters
    pictureLimit = pictures
    histogramInterval = histograms
  }

  public var isEssential: Bool { false }

  /// The event files of this run that have been created.
  public var written: [String] { [training, validation].compactMap { $0?.path } }

  public func trainingStarts(_ plan: TrainingPlan) {
    epochs = plan.completed.count
    // A run that was stopped in an epoch's validation validates again: what was logged for that step may be the
    // epoch's.
    let validatesAgain = plan.stepsDone == (epochs + 1) * plan.stepsPerEpoch
    firstStep = validatesAgain ? plan.stepsDone : plan.stepsDone + 1
    tellsBeginning = EventFileName.existing(in: folder).isEmpty
  }

  /// The run's own file, created when there is something to log: a run that fails before its first step leaves none.
  private func trainingEvents() throws -> EventFileWriter {
    let events = try training ?? EventFileWriter(in: folder, goingOnFrom: firstStep)
    training = events
    if tellsBeginning {
      try tellBeginning(to: events)
      tellsBeginning = false
    }
    return events
  }

  private func tellBeginning(to events: EventFileWriter) throws {
    if let graph = graph() { try events.add(Tensorboard_GraphDef(graph)) }
    if !hyperParameters.isEmpty {
      try events.add(
        [.experiment(comparing: hyperParameters, by: EpochCurve.metrics), .sessionStart(hyperParameters)], step: 0)
    }
  }

  public func lastStepFound(_ gradients: Gradients, of model: any SegmentationModel, step: Int) throws {
    guard isHistogramEpoch(epochs + 1) else { return }
    let summaries = model.namedParameters.compactMap { name, parameter in
      gradients[parameter].map { EventSummary.histogram("gradients/\(name)", Histogram(of: $0)) }
    }
    try trainingEvents().add(summaries, step: step)
  }

  public func stepEnded(_ report: StepReport) throws {
    try trainingEvents().add(
      [
        .scalar("step/loss", report.loss, description: "The mean over the step's counted pixels."),
        .scalar("step/accuracy", report.accuracy, description: "The share of counted pixels that are right."),
        .scalar("step/learning_rate", Float(report.learningRate)),
        .scalar("step/seconds", Float(report.seconds), description: "The whole step."),
        .scalar("step/data_seconds", Float(report.dataSeconds), description: "Waiting for data."),
      ], step: report.step)
  }

  public func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws {
    if index == 0 { (pictures, shownMasks) = ([], []) }
    for sample in 0..<min(batch.names.count, pictureLimit - pictures.count) {
      let (photograph, truth, prediction) = batch.pictures(of: sample, predictions: predictions)
      let strip = PictureStrip(of: photograph, truth: truth, prediction: prediction)
      pictures.append(try .image(Self.pictureGroup + batch.names[sample], strip.image))
      shownMasks += [truth, prediction]
    }
  }

  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {
    epochs = report.epoch
    try trainingEvents().add(EpochCurve.training(report), step: report.step)
    if isHistogramEpoch(report.epoch) {
      let summaries = model.namedParameters.map { name, parameter in
        EventSummary.histogram("weights/\(name)", Histogram(of: parameter.value))
      }
      try trainingEvents().add(summaries, step: report.step)
    }
    guard let results = report.validation else { return }
    let events = try validation ?? EventFileWriter(in: folder + "/validation", goingOnFrom: firstStep)
    validation = events
    if !shownMasks.isEmpty {
      pictures.append(try .image(Self.pictureGroup + "classes", PictureStrip.legend(of: shownMasks)))
    }
    try events.add(EpochCurve.validation(results) + pictures, step: report.step)
    (pictures, shownMasks) = ([], [])
  }

  public func trainingEnded(_ outcome: TrainingOutcome) throws {
    switch outcome.ending {
    case .outOfTime, .stopped: return
    case .completed, .outOfPatience: break
    }
    if !hyperParameters.isEmpty { try training?.add([.sessionEnd()], step: 0) }
  }

  private func isHistogramEpoch(_ epoch: Int) -> Bool { histogramInterval.map { epoch % $0 == 0 } ?? false }
}
