import TesseraDatasets
import TesseraImaging
import TesseraSegmentation

/// Watches a run: draws progress, writes files. All functions have empty defaults.
///
/// Observers get values and may throw; what they throw ends the run.
public protocol TrainingObserver: AnyObject {
  /// Before the first step.
  func trainingStarts(_ plan: TrainingPlan) throws
  /// Behind each step that counted a pixel.
  func stepEnded(_ report: StepReport) throws
  /// A validation batch and the classes that the network gives its pixels, `[batch, height, width]` row-major.
  func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws
  /// Behind each epoch and its validation.
  func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws
  /// The run was asked to stop behind `step`; what is worth keeping must be kept now.
  func trainingInterrupted(step: Int, model: any SegmentationModel) throws
  /// An error ends the run behind `step`, and it is not the weights' fault: they are worth keeping.
  func trainingFailed(step: Int, model: any SegmentationModel) throws
  /// Behind the last epoch.
  func trainingEnded(_ reports: [EpochReport]) throws
}

extension TrainingObserver {
  public func trainingStarts(_ plan: TrainingPlan) throws {}
  public func stepEnded(_ report: StepReport) throws {}
  public func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws {}
  public func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws {}
  public func trainingInterrupted(step: Int, model: any SegmentationModel) throws {}
  public func trainingFailed(step: Int, model: any SegmentationModel) throws {}
  public func trainingEnded(_ reports: [EpochReport]) throws {}
}
