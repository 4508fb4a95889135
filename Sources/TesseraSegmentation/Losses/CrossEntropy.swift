import TesseraAutograd
import TesseraImaging
import TesseraTensors

/// The cross-entropy of each pixel, over the pixels that are not void by the masks' own label space.
///
/// - Parameters:
///   - logits: `[batch, height, width, outputs]`.
///   - masks: the true classes, `[batch, height, width]`.
///   - classWeights: `[outputs]`; the mean is weighted by them.
///   - labelSmoothing: the share of each target that is spread over all classes.
public func crossEntropy(
  _ logits: Variable, _ masks: MaskBatch, classWeights: Tensor? = nil, labelSmoothing: Float = 0
) -> PixelLoss {
  masks.check(logits, in: "crossEntropy")
  let (labels, void) = masks.targets
  let result = softmaxCrossEntropy(
    logits, labels: labels, ignoring: void, classWeights: classWeights, smoothing: labelSmoothing)
  return PixelLoss(mean: result.mean, counted: result.counted, correct: result.correct, weight: result.weight)
}

/// The logarithm of the probability that the logits give each pixel's true class, `[batch, height, width, 1]`; 0 at
/// void pixels, to which no gradient flows.
///
/// ```swift
/// // The focal loss (Lin et al. 2017, arXiv:1708.02002) with gamma = 2.
/// let logProbability = trueLogProbabilities(logits, masks)
/// let losses = -((1 - logProbability.exponential()).power(2) * logProbability)
/// return PixelLoss(mean: losses.sum() / Float(max(1, masks.countedPixels)), logits: logits, masks: masks)
/// ```
/// - Parameters:
///   - logits: `[batch, height, width, outputs]`.
///   - masks: the true classes, `[batch, height, width]`.
public func trueLogProbabilities(_ logits: Variable, _ masks: MaskBatch) -> Variable {
  masks.check(logits, in: "trueLogProbabilities")
  let (labels, void) = masks.targets
  return logSoftmax(logits).gathered(labels, ignoring: void)
}

extension MaskBatch {
  /// Stops with a message if the logits do not match the masks' pixels.
  func check(_ logits: Variable, in operation: String) {
    require(
      logits.shape.rank == 4 && logits.shape.dimensions.dropLast() == [count, height, width],
      "\(operation): masks [\(count), \(height), \(width)] need logits of that size and one channel per class; got "
        + "\(logits.shape)")
  }
}
