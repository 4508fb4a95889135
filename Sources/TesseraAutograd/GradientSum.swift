import TesseraKernels
import TesseraTensors

/// Adds up gradients of mean losses over several batches, so that one step follows their overall mean.
///
/// ```swift
/// var sum = GradientSum()
/// for batch in batches {
///   let tape = Tape()
///   let loss = crossEntropy(model(tape.input(batch.images)), batch.masks)
///   sum.add(tape.gradients(of: loss.mean), weight: loss.weight)
/// }
/// optimizer.update(along: sum.mean, rate: 0.001)
/// ```
/// The weight of a batch is what its mean was divided by: counted pixels, or the sum of their class weights. Up to
/// rounding, the result is then the gradient of one large batch, however unevenly void pixels are spread; a mean of
/// means is not. Layers that look at a whole batch, as `BatchNorm` does in training, still see the small ones.
public struct GradientSum {
  // In units of the first batch's weight: the sum of one batch is its gradients, bit for bit.
  private var total: Gradients?
  private var firstWeight = 0.0

  /// The weights of all batches together.
  public private(set) var weight = 0.0

  /// Creates an empty sum.
  public init() {}

  /// Adds the gradients of a mean with respect to the parameters (those of variables belong to their own tape and are
  /// left out).
  ///
  /// - Parameters:
  ///   - gradients: of the mean.
  ///   - weight: finite and at least 0. A batch without a counted pixel has the weight 0 and adds nothing.
  public mutating func add(_ gradients: Gradients, weight: Double) {
    require(
      weight >= 0 && weight.isFinite,
      "GradientSum.add(_:weight:): the weight must be finite and not negative; got \(weight)")
    guard weight > 0 else { return }
    self.weight += weight
    if total == nil {
      total = gradients.ofParameters
      firstWeight = weight
    } else {
      total?.add(gradients, scaledBy: Float(weight / firstWeight))
    }
  }

  /// The mean over all batches, weighted by their weights; without any gradient if these add up to 0.
  public var mean: Gradients {
    guard let total else { return Gradients() }
    let share = Float(firstWeight / weight)
    return share == 1 ? total : total.map { $0 * share }
  }
}
