import TesseraImaging
import TesseraKernels
import TesseraTensors

/// A loss that is made of what a softmax says of each pixel: it gives its mean, and how that changes.
protocol SoftmaxTerm: Sendable {
  /// What it looks at besides the logarithms of the labels' probabilities and, where it is smoothed, their means.
  var needs: SoftmaxNeeds { get }
  /// Whether label smoothing changes it.
  var isSmoothed: Bool { get }
  /// What becomes of it if a step has several batches.
  var accumulation: LossAccumulation { get }

  /// - Parameters:
  ///   - pixels: what is known of the batch.
  ///   - factor: what the slopes are multiplied by.
  ///   - slopes: what the loss's own are added to.
  /// - Returns: the mean, and what it was divided by.
  func evaluate(
    _ pixels: LossPixels, times factor: Double, into slopes: inout SoftmaxSlopes
  ) -> (mean: Double, weight: Double)
}

/// What becomes of a loss if a step has several batches.
enum LossAccumulation {
  /// Together they are one large batch, also in a sum of such losses.
  case exact
  /// The same, unless it is added to others: it is divided by weights of its own.
  case exactAlone
  /// Each batch has a loss of its own.
  case byBatch
}

/// A batch as losses see it.
struct LossPixels {
  let softmax: LabeledSoftmax
  let masks: MaskBatch
  /// `[outputs]`.
  let classWeights: [Double]
  let smoothing: Float
  /// The sum of the class weights of counted pixels.
  let weight: Double
  /// Whether the logits are numbers: sorting those that are not would mean nothing.
  let areFinite: Bool

  init(_ logits: Tensor, _ masks: MaskBatch, classWeights: Tensor?, smoothing: Float, needs: SoftmaxNeeds) {
    let (labels, void) = masks.targets
    let softmax = LabeledSoftmax(
      logits: logits, labels: labels, ignored: void, needs: smoothing > 0 ? needs.union(.meanLogs) : needs)
    self.softmax = softmax
    self.masks = masks
    self.smoothing = smoothing
    let classes = softmax.classes
    require(
      classWeights == nil || classWeights?.shape == [classes],
      "loss: logits \(logits.shape) need class weights [\(classes)]; got "
        + (classWeights.map { "\($0.shape)" } ?? "none"))
    let weights = classWeights?.scalars.map(Double.init) ?? [Double](repeating: 1, count: classes)
    self.classWeights = weights
    weight = zip(softmax.classCounts, weights).reduce(0) { $0 + Double($1.0) * $1.1 }
    areFinite = softmax.withLogProbabilities { logs in
      Self.sum(softmax.rows) { rows in rows.reduce(0) { $0 + Double(logs[$1]) } }.isFinite
    }
  }

  /// The classes that are true somewhere and have a weight, and the sum of their weights.
  var presentClasses: (indices: [Int], weight: Double) {
    let present = classWeights.indices.filter { softmax.classCounts[$0] > 0 && classWeights[$0] > 0 }
    return (present, present.reduce(0) { $0 + classWeights[$1] })
  }

  /// The sum over blocks of rows, on the context's threads, added up in the blocks' order.
  static func sum(_ rows: Int, _ body: (Range<Int>) -> Double) -> Double {
    let grain = 4096
    var sums = [Double](repeating: 0, count: (rows + grain - 1) / grain)
    sums.withUnsafeMutableBufferPointer { sums in
      func add(_ block: Int) { sums[block] = body(block * grain..<min(rows, (block + 1) * grain)) }
      // Weights of pixels count even where loops do not run: a step without a weight changes nothing.
      if ComputeContext.current.isRehearsing { sums.indices.forEach(add) } else { parallelFor(sums.count, add) }
    }
    return sums.reduce(0, +)
  }
}
