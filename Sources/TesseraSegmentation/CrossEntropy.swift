import TesseraAutograd
import TesseraImaging
import TesseraTensors

/// The loss of a batch of pictures: the mean over counted pixels, and what a progress report needs.
public struct PixelLoss {
  /// A scalar on the tape of the logits.
  public let mean: Variable
  /// What the mean was divided by: counted pixels, or the sum of their class weights. Sums of means over several
  /// batches go by it.
  public let weight: Double
  /// Pixels that are not void.
  public let counted: Int
  /// Counted pixels whose largest logit is the true class.
  public let correct: Int

  /// The result of a loss of your own; `mean` is the mean over the `counted` pixels.
  ///
  /// - Parameters:
  ///   - mean: the loss, one number.
  ///   - counted: how many pixels are not void.
  ///   - correct: how many of these the largest logit gets right.
  ///   - weight: what the mean was divided by, where that is not the number of counted pixels.
  public init(mean: Variable, counted: Int, correct: Int, weight: Double? = nil) {
    self.mean = mean
    self.weight = weight ?? Double(counted)
    self.counted = counted
    self.correct = correct
  }

  /// The share of counted pixels that are right; 0 where none is counted.
  public var accuracy: Float { counted == 0 ? 0 : Float(correct) / Float(counted) }
}

/// The cross-entropy of each pixel, over the pixels that are not void by the masks' own label space.
///
/// - Parameters:
///   - logits: `[batch, height, width, classes]`.
///   - masks: the true classes, `[batch, height, width]`.
///   - classWeights: `[classes]`; the mean is weighted by them.
///   - labelSmoothing: the share of each target that is spread over all classes.
public func crossEntropy(
  _ logits: Variable, _ masks: MaskBatch, classWeights: Tensor? = nil, labelSmoothing: Float = 0
) -> PixelLoss {
  require(
    logits.shape.rank == 4 && logits.shape.dimensions.dropLast() == [masks.count, masks.height, masks.width],
    "crossEntropy: masks [\(masks.count), \(masks.height), \(masks.width)] need logits of that size and one channel a "
      + "class; got \(logits.shape)")
  let result = softmaxCrossEntropy(
    logits, labels: masks.indices, ignoring: masks.labelSpace.void.map(Int32.init), classWeights: classWeights,
    smoothing: labelSmoothing)
  return PixelLoss(mean: result.mean, counted: result.counted, correct: result.correct, weight: result.weight)
}
