import Foundation
import TesseraFiles

/// Why a run cannot continue.
public enum TrainingError: UnwritableFileError, CustomStringConvertible, LocalizedError, Equatable {
  /// The loss is no longer finite.
  case lossIsNotFinite(loss: Float, step: Int, learningRate: Double)
  /// The loss on the validation data is not finite: the epoch's last update broke the weights.
  case validationLossIsNotFinite(loss: Float, epoch: Int)
  /// Weights are no longer finite, which is found when they are about to be saved.
  case weightsAreNotFinite(step: Int)
  /// Several steps in a row, the last of them `step` with these samples, without any pixel that counts: all void.
  case nothingCounted(steps: Int, step: Int, samples: [String])
  /// An epoch's source gave fewer than the `count` batches that it promised; batches count from 1.
  case batchMissing(number: Int, count: Int)
  /// A file is not a checkpoint that a run can resume from.
  case notResumable(path: String, reason: String)
  /// A checkpoint is from a run with different random numbers.
  case otherSeed
  /// A checkpoint is from a run with longer epochs.
  case otherSteps(stepInEpoch: Int, stepsPerEpoch: Int)
  /// The system would not take a file or folder of the run.
  case unwritable(path: String, reason: String)

  public var description: String {
    switch self {
    case .lossIsNotFinite(let loss, let step, let rate):
      "the loss became \(Self.text(loss)) in step \(step): the learning rate \(rate) is too high for this data; "
        + "lower it"
    case .validationLossIsNotFinite(let loss, let epoch):
      "the validation loss became \(Self.text(loss)) after epoch \(epoch): the learning rate is too high for this "
        + "data; lower it"
    case .weightsAreNotFinite(let step):
      "weights became infinite or NaN in step \(step): the learning rate is too high for this data; lower it"
    case .nothingCounted(let steps, let step, let samples):
      "every pixel of \(steps) steps in a row is void, the last in step \(step) (\(samples.joined(separator: ", "))): "
        + "check the void value of the masks"
    case .batchMissing(let number, let count):
      "the source of batches ended before batch \(number) of an epoch of \(count); let it say in batchesPerEpoch how "
        + "many an epoch has"
    case .notResumable(let path, let reason):
      "\(path) cannot be resumed from: \(reason); resume with the version that wrote it, or start a new run with "
        + "--initial-weights \(path)"
    case .otherSeed: "the checkpoint is from a run with another seed; give the trainer the random stream of that run"
    case .otherSteps(let step, let count):
      "the checkpoint is \(step) steps into an epoch, and an epoch has \(count); resume with the data and the steps of "
        + "that run"
    case .unwritable(let path, let reason):
      "\(path): cannot be written: \(reason); check the folder and the free space"
    }
  }

  /// Whether the weights are still worth keeping; if not, the last checkpoint is from before they broke.
  public var leavesWeightsSound: Bool {
    switch self {
    case .lossIsNotFinite, .validationLossIsNotFinite, .weightsAreNotFinite: false
    case .nothingCounted, .batchMissing, .notResumable, .otherSeed, .otherSteps, .unwritable: true
    }
  }

  private static func text(_ loss: Float) -> String { loss.isNaN ? "NaN" : "infinite" }

  public var errorDescription: String? { description }
}
