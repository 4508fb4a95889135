import TesseraKernels
import TesseraTensors

/// Softmax and cross-entropy of rows of logits `[..., classes]` with one label per row: the mean over counted rows.
///
/// - Parameters:
///   - logits: `[..., classes]`.
///   - labels: in 0..<classes, or `ignored` where a row is not counted.
///   - ignored: the label of rows that are not counted; `nil` if all are.
///   - classWeights: `[classes]`; the mean is weighted by them.
///   - smoothing: the share of each target that is spread over all classes.
/// - Returns: the mean loss; what it was divided by, which is the number of counted rows or the sum of their class
///   weights; the number of counted rows, and how many of these the largest logit got right.
public func softmaxCrossEntropy(
  _ logits: Variable, labels: [Int32], ignoring ignored: Int32? = nil, classWeights: Tensor? = nil,
  smoothing: Float = 0
) -> (mean: Variable, weight: Double, counted: Int, correct: Int) {
  let result = SoftmaxCrossEntropy(
    logits: logits.value, labels: labels, ignored: ignored, classWeights: classWeights, smoothing: smoothing,
    wantsGradient: logits.needsGradient)
  let mean = Variable.operation("softmaxCrossEntropy", on: [logits], value: Tensor(result.loss)) { gradient in
    // The usual seed is 1: the gradient from the forward pass is then already the answer.
    [result.gradient.map { gradient.item == 1 ? $0 : $0 * gradient }]
  }
  return (mean, result.weight, result.counted, result.correct)
}

/// The mean of squared differences over all elements.
public func meanSquaredError(_ prediction: Variable, _ target: Tensor) -> Variable {
  require(
    prediction.shape == target.shape,
    "meanSquaredError: the prediction's shape \(prediction.shape) differs from the target's \(target.shape)")
  let difference = prediction.value - target
  let count = Float(max(1, difference.count))
  let value = difference.squared().sum() * (1 / count)
  return .operation("meanSquaredError", on: [prediction], value: value) { [difference * ($0.item * 2 / count)] }
}
