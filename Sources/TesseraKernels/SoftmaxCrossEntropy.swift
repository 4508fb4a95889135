import CKernels
import TesseraTensors

/// Softmax and cross-entropy in one pass over the logits, which also gives the gradient.
public struct SoftmaxCrossEntropy: Sendable {
  /// The weighted mean over counted rows; 0 where their weights add up to 0.
  public let loss: Float
  /// What the mean was divided by: the number of counted rows, or the sum of their class weights.
  public let weight: Double
  /// Rows whose label is not the ignored one.
  public let counted: Int
  /// Counted rows whose largest logit is the label.
  public let correct: Int
  /// The derivative of `loss` with respect to the logits, of their shape; `nil` unless requested.
  public let gradient: Tensor?

  /// - Parameters:
  ///   - logits: `[..., classes]`.
  ///   - labels: one for each row, in 0..<classes or `ignored`.
  ///   - ignored: the label of rows that are not counted.
  ///   - classWeights: `[classes]`; the mean is weighted by them (PyTorch's rule).
  ///   - smoothing: the share of each target that is spread over all classes (Szegedy et al. 2016, arXiv:1512.00567).
  ///   - wantsGradient: whether to compute the gradient with respect to the logits too.
  public init(
    logits: Tensor, labels: [Int32], ignored: Int32?, classWeights: Tensor? = nil, smoothing: Float = 0,
    wantsGradient: Bool
  ) {
    let classes = logits.shape.rank > 0 ? logits.shape[-1] : 0
    require(
      classes > 0 && logits.count == labels.count * classes,
      "crossEntropy: logits \(logits.shape) need \(logits.count / max(1, classes)) labels; got \(labels.count)")
    require(
      classWeights == nil || classWeights?.shape == [classes],
      "crossEntropy: logits \(logits.shape) need class weights [\(classes)]; got "
        + (classWeights.map { "\($0.shape)" } ?? "none"))
    let counts = labelCounts(labels, ignored, classes: classes, in: "crossEntropy")
    let total = Self.totalWeight(counts, classWeights)
    let grain = rowGrain(classes)
    let blocks = (labels.count + grain - 1) / grain
    let scale = total > 0 ? Float(1 / total) : 0

    func evaluate(_ gradient: UnsafeMutablePointer<Float>?) -> [tk_cross_entropy_sums] {
      var sums = [tk_cross_entropy_sums](repeating: tk_cross_entropy_sums(), count: blocks)
      sums.withUnsafeMutableBufferPointer { sums in
        logits.withUnsafeBufferPointer { z in
          labels.withUnsafeBufferPointer { labels in
            classWeights.withUnsafePointer { weights in
              parallelFor(labels.count, grain: grain) { rows in
                let start = rows.lowerBound * classes
                kernels.cross_entropy_rows(
                  z.baseAddress! + start, labels.baseAddress! + rows.lowerBound, weights, gradient.map { $0 + start },
                  rows.count, classes, ignored ?? -1, smoothing, scale, sums.baseAddress! + rows.lowerBound / grain)
              }
            }
          }
        }
      }
      return sums
    }

    var sums: [tk_cross_entropy_sums] = []
    if wantsGradient {
      gradient = Tensor(shape: logits.shape) { sums = evaluate($0.baseAddress!) }
    } else {
      gradient = nil
      sums = evaluate(nil)
    }
    weight = total
    loss = total > 0 ? Float(sums.reduce(0) { $0 + $1.loss } / total) : 0
    counted = counts.reduce(0, +)
    correct = sums.reduce(0) { $0 + Int($1.correct) }
  }

  /// The weight of all counted rows, of which there are so many of each class.
  private static func totalWeight(_ counts: [Int], _ weights: Tensor?) -> Double {
    guard let weights else { return Double(counts.reduce(0, +)) }
    return zip(counts, weights.scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}

extension Tensor? {
  /// Calls `body` with the elements, or with nil.
  fileprivate func withUnsafePointer(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let self else { return body(nil) }
    self.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
