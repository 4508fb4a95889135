import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraTensors

/// What training minimizes, as a value with a name: a sum of losses with weights.
///
/// ```swift
/// let loss: SegmentationLoss = .crossEntropy + 0.5 * .dice
/// loss.rawValue                                            // "cross-entropy+0.5*dice", as on the command line
/// let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.001)) { loss($0, $1) }
/// ```
/// All losses of this library leave void pixels out, take class weights, and look at the softmax of the logits once,
/// together. Those that are means over pixels (`cross-entropy`, `focal`, `boundary`, `ohem`) are divided by the class
/// weights of what they count; those that are means over classes (`dice` and its kin, `lovasz`) look at all pixels of
/// the batch as one region per class, and count the classes that are true somewhere in it.
///
/// A loss of your own is a name and a function: see ``init(_:mean:)``.
public struct SegmentationLoss: Sendable {
  /// The mean of a loss of your own.
  ///
  /// - Parameters:
  ///   - logits: `[batch, height, width, outputs]`.
  ///   - masks: the true classes.
  ///   - classWeights: `[outputs]`; `nil` counts all classes alike.
  public typealias Mean = @Sendable (_ logits: Variable, _ masks: MaskBatch, _ classWeights: Tensor?) -> Variable

  /// One of the losses that are added up.
  struct Term: Sendable {
    enum Kind: Sendable {
      case softmax(any SoftmaxTerm)
      case own(Mean)
    }

    /// Its name and values, as on the command line: `tversky=0.3:0.7`.
    let word: String
    let kind: Kind
    var weight = 1.0

    /// The word without values: its name in progress and logs.
    var name: String { String(word.prefix { $0 != "=" }) }

    var softmax: (any SoftmaxTerm)? { if case .softmax(let term) = kind { term } else { nil } }
  }

  let terms: [Term]

  init(_ terms: [Term]) { self.terms = terms }

  /// Creates a loss of your own.
  ///
  /// ```swift
  /// // One minus the probability of each pixel's true class, over the counted pixels.
  /// let loss = SegmentationLoss("mean-error") { logits, masks, _ in
  ///   let counted = Float(masks.countedPixels)
  ///   return (counted - (trueLogProbabilities(logits, masks).exponential() * Variable(masks.weights())).sum()) /
  ///   counted
  /// }
  /// ```
  /// - Parameters:
  ///   - name: what progress, logs and records call it.
  ///   - mean: one number on the tape of the logits; 0 where no pixel counts.
  public init(_ name: String, mean: @escaping Mean) { terms = [Term(word: name, kind: .own(mean))] }

  init(_ word: String, _ term: any SoftmaxTerm) { terms = [Term(word: word, kind: .softmax(term))] }

  /// The sum of two losses; a loss can occur in it once.
  public static func + (left: SegmentationLoss, right: SegmentationLoss) -> SegmentationLoss {
    let names = (left.terms + right.terms).map(\.name)
    require(Set(names).count == names.count, "SegmentationLoss: a loss can occur once in a sum; got \(names)")
    return SegmentationLoss(left.terms + right.terms)
  }

  /// A multiple of a loss.
  public static func * (weight: Double, loss: SegmentationLoss) -> SegmentationLoss {
    require(weight > 0 && weight.isFinite, "SegmentationLoss: a weight must be above 0 and finite; got \(weight)")
    return SegmentationLoss(
      loss.terms.map { term in
        var term = term
        term.weight *= weight
        return term
      })
  }

  /// Whether label smoothing changes it: the losses that compare logarithms of probabilities with targets.
  public var usesLabelSmoothing: Bool { terms.contains { $0.softmax?.isSmoothed == true } }

  /// Whether the batches of a step are one large batch to it: if not, each has a loss of its own, and their mean is
  /// minimized.
  public var addsUpOverBatches: Bool { addsUpOverBatches(withTeacher: false) }

  /// The same where a teacher's divergence, a mean over pixels, is added.
  package func addsUpOverBatches(withTeacher hasTeacher: Bool) -> Bool {
    let kinds = terms.map { $0.softmax?.accumulation ?? .byBatch }
    return kinds.allSatisfy { $0 == .exact } || (kinds == [.exactAlone] && !hasTeacher)
  }

  /// The loss of a batch, with what a progress report needs.
  ///
  /// The result's `weight` is what the mean over pixels was divided by if the loss is one such mean, so that the
  /// gradients of several batches add up to that of one large batch (``addsUpOverBatches``); for all other losses it is
  /// the sum of the class weights of counted pixels, and several batches give the weighted mean of their losses.
  ///
  /// - Parameters:
  ///   - logits: `[batch, height, width, outputs]`.
  ///   - masks: the true classes, `[batch, height, width]`.
  ///   - classWeights: `[outputs]`; `nil` counts all classes alike.
  ///   - labelSmoothing: the share of each target that is spread over all classes.
  ///   - teacher: what another network says of the same pictures, of which the loss then takes its share: the part
  ///     `teacher`.
  public func callAsFunction(
    _ logits: Variable, _ masks: MaskBatch, classWeights: Tensor? = nil, labelSmoothing: Float = 0,
    teacher: TeacherLogits? = nil
  ) -> PixelLoss {
    // One pass over the logits instead of two.
    if teacher == nil && self == Self.crossEntropy && terms[0].softmax != nil {
      return TesseraSegmentation.crossEntropy(
        logits, masks, classWeights: classWeights, labelSmoothing: labelSmoothing)
    }
    masks.check(logits, in: "\(self)")
    let pixels = LossPixels(
      logits.value, masks, classWeights: classWeights, smoothing: usesLabelSmoothing ? labelSmoothing : 0,
      needs: terms.reduce(into: []) { $0.formUnion($1.softmax?.needs ?? []) })
    var slopes = SoftmaxSlopes(of: pixels.softmax, smoothed: pixels.smoothing > 0)
    var (total, parts, weight) = (0.0, [String: Float](), pixels.weight)
    var own: Variable?
    for term in terms {
      switch term.kind {
      case .softmax(let kind):
        let result = kind.evaluate(pixels, times: term.weight, into: &slopes)
        total += term.weight * result.mean
        parts[term.name] = Float(result.mean)
        if terms.count == 1 && teacher == nil { weight = result.weight }
      case .own(let mean):
        let mean = mean(logits, masks, classWeights)
        parts[term.name] = mean.value.item
        let weighted = term.weight == 1 ? mean : mean * Float(term.weight)
        own = own.map { $0 + weighted } ?? weighted
      }
    }
    var sum = own
    if teacher != nil || terms.contains(where: { $0.softmax != nil }) {
      var found = logits.needsGradient ? pixels.softmax.gradient(slopes) : nil
      if let teacher {
        let mean = teacher.mean(over: pixels, addingTo: &found)
        let share = Double(teacher.weight)
        total = (1 - share) * total + share * mean
        parts["teacher"] = Float(mean)
        own = own.map { $0 * (1 - teacher.weight) }
      }
      let gradient = found
      let known = Variable.operation("segmentationLoss", on: [logits], value: Tensor(Float(total))) { seed in
        // The usual seed is 1.
        [gradient.map { seed.item == 1 ? $0 : $0 * seed }]
      }
      sum = own.map { known + $0 } ?? known
    }
    var loss = PixelLoss(
      mean: sum ?? Variable(Tensor(0)), counted: pixels.softmax.counted, correct: pixels.softmax.correct,
      weight: weight)
    if terms.count > 1 || teacher != nil { loss.parts = parts }
    return loss
  }
}

/// Losses with the same name are the same.
extension SegmentationLoss: Hashable, CustomStringConvertible {
  /// Its name, on the command line and in files.
  public var rawValue: String {
    terms.map { $0.weight == 1 ? $0.word : "\($0.weight.shortText)*\($0.word)" }.joined(separator: "+")
  }

  public var description: String { rawValue }

  public static func == (left: SegmentationLoss, right: SegmentationLoss) -> Bool { left.rawValue == right.rawValue }
  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
