import TesseraKernels
import TesseraTensors

/// What a teacher says of a batch of pictures, and how much another network follows it: knowledge distillation (Hinton,
/// Vinyals, Dean 2015, arXiv:1503.02531).
///
/// With a weight a and a temperature t, a ``SegmentationLoss`` that is given a teacher's logits becomes
/// (1 - a) loss + a t^2 KL(teacher || network), where both softmaxes are those of the logits divided by t. Wrong
/// classes that the teacher finds likely are what a higher temperature shows; t^2 keeps the slopes of both parts
/// comparable. The divergence is a mean over counted pixels, weighted by the classes' weights as cross-entropy is.
///
/// ```swift
/// let loss = SegmentationLoss.crossEntropy(logits, masks, teacher: TeacherLogits(large(images).value))
/// ```
public struct TeacherLogits: Sendable {
  /// `[batch, height, width, teacher's outputs]`.
  public let logits: Tensor
  /// The teacher's output for each of the learning network's, and -1 for one that it never gives; `nil` if all are its
  /// own.
  let outputs: [Int32]?
  /// The teacher's share of the loss.
  public let weight: Float
  /// What logits are divided by.
  public let temperature: Float

  /// - Parameters:
  ///   - logits: of the same pictures, `[batch, height, width, teacher's outputs]`.
  ///   - outputs: the teacher's output for each of the learning network's, `nil` for one that it never gives; by
  ///     default all are its own. Others of the teacher's outputs do not enter its softmax.
  ///   - weight: the teacher's share of the loss, above 0 and at most 1.
  ///   - temperature: what logits are divided by, above 0.
  public init(_ logits: Tensor, outputs: [Int?]? = nil, weight: Float = 0.5, temperature: Float = 2) {
    require(
      weight > 0 && weight <= 1 && temperature > 0 && temperature.isFinite,
      "TeacherLogits: the weight must lie in 0...1, above 0, and the temperature be above 0; got \(weight) and "
        + "\(temperature)")
    self.logits = logits
    self.outputs = outputs.map { $0.map { Int32($0 ?? -1) } }
    (self.weight, self.temperature) = (weight, temperature)
  }

  /// The divergence of a batch, times the temperature's square.
  ///
  /// - Parameters:
  ///   - pixels: what is known of the batch.
  ///   - gradient: that of the loss by masks, which becomes that of both.
  func mean(over pixels: LossPixels, addingTo gradient: inout Tensor?) -> Double {
    guard pixels.weight > 0 else { return 0 }
    let distillation = SoftmaxDistillation(of: logits, places: outputs, temperature: temperature)
    return Double(
      distillation.mean(
        over: pixels.softmax, classWeights: pixels.classWeights.map { Float($0) }, weight: pixels.weight, share: weight,
        addingTo: &gradient))
  }
}
