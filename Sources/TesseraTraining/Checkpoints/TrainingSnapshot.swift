import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// Everything that the rest of a run depends on, at one moment between two steps.
///
/// A trainer that is set up like the first one and given the snapshot ends with the same bits.
public struct TrainingSnapshot {
  /// The network, with its weights at that moment.
  public let model: any SegmentationModel
  /// How far the run was.
  public let position: TrainingPosition
  /// The epochs that were done.
  public let reports: [EpochReport]
  /// The stream that dropout's numbers are derived from.
  let randomKey: UInt64
  let optimizerState: [(name: String, tensor: Tensor)]
  let averageState: [(name: String, tensor: Tensor)]
  /// What observers need to get back, by their names.
  let observers: [String: [UInt8]]

  /// Whether a run can continue from here: all weights and running statistics are finite.
  var isFinite: Bool { model.parameters.allSatisfy { $0.value.sumOfSquares().isFinite } }
}

/// Why a trainer offers a snapshot.
public enum TrainingMoment: Sendable, Equatable {
  /// A step ended within an epoch: the moment to save if the last time is long ago.
  case step
  /// An epoch ended, and its validation.
  case epoch
  /// The run was asked to stop.
  case interruption
  /// The time is up.
  case timeLimit
  /// The run ended: the last moment to save what could not be saved before.
  case end
  /// An error that is not the weights' fault ends the run.
  case failure
}
