import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation

/// Watches a run: draws progress, writes files. All functions have empty defaults.
///
/// Observers get values and may throw. An error from an essential one ends the run; about an error from any other the
/// run warns once, and continues.
public protocol TrainingObserver: AnyObject {
  /// Whether the run is worth nothing without what the observer does; `true` by default.
  var isEssential: Bool { get }
  /// Restores what ``memory`` was when the run that now resumes was saved; before `trainingStarts`.
  func resume(from memory: [UInt8]) throws
  /// Before the first step.
  func trainingStarts(_ plan: TrainingPlan) throws
  /// Within each epoch's last step, unless it counted no pixel: the gradients that the weights are about to follow,
  /// added up over the step's batches and clipped. They cost nothing here; keeping them costs their memory.
  func lastStepFound(_ gradients: Gradients, of model: any SegmentationModel, step: Int) throws
  /// After each step that counted a pixel.
  func stepEnded(_ report: StepReport) throws
  /// A validation batch and the classes that the network gives its pixels, `[batch, height, width]` row-major.
  func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws
  /// After each epoch and its validation; the model has the weights that were validated.
  func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws
  /// The run can be saved now, so it can resume from here with the same bits.
  ///
  /// After each step and epoch, once all observers have been told about it, and where a run stops.
  /// - Parameters:
  ///   - moment: after a step, after an epoch, or at the end.
  ///   - snapshot: collects what there is to save; costly if observers remember much.
  func canSave(at moment: TrainingMoment, _ snapshot: () throws -> TrainingSnapshot) throws
  /// The run was asked to stop after `step`; observers have been able to save it before.
  func trainingInterrupted(step: Int) throws
  /// The run ends with an error after its start; observers have been able to save what is worth keeping before.
  func trainingFailed(with error: any Error) throws
  /// After the last epoch, or when the run ends before it without an error.
  func trainingEnded(_ outcome: TrainingOutcome) throws

  /// What the observer needs to get back when the run resumes, and its name among the others; `nil` for nothing.
  ///
  /// The bytes may be a long log: they are requested only for saving; resuming needs only the name.
  var memory: (name: String, bytes: () throws -> [UInt8])? { get }
}

extension TrainingObserver {
  public var isEssential: Bool { true }
  public func resume(from memory: [UInt8]) throws {}
  public func trainingStarts(_ plan: TrainingPlan) throws {}
  public func lastStepFound(_ gradients: Gradients, of model: any SegmentationModel, step: Int) throws {}
  public func stepEnded(_ report: StepReport) throws {}
  public func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws {}
  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {}
  public func canSave(at moment: TrainingMoment, _ snapshot: () throws -> TrainingSnapshot) throws {}
  public func trainingInterrupted(step: Int) throws {}
  public func trainingFailed(with error: any Error) throws {}
  public func trainingEnded(_ outcome: TrainingOutcome) throws {}
  public var memory: (name: String, bytes: () throws -> [UInt8])? { nil }
}
