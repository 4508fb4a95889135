import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv:1711.05101).
///
/// Each weight is multiplied by `1 - rate * weightDecay`, then updated as in `Adam`.
///
/// |              | `.keras` | `.pyTorch` |
/// |--------------|----------|------------|
/// | epsilon      | 1e-7     | 1e-8       |
/// | weight decay | 0.004    | 0.01       |
public final class AdamW: DivisibleOptimizer {
  private var moments: AdamMoments
  private let weightDecay: Double

  /// - Parameters:
  ///   - model: the model whose parameters are trained.
  ///   - convention: the library whose defaults and form are used.
  ///   - rules: what is different for some parameters, including weight decay of biases.
  ///   - beta1: in 0..<1, the share of the first moment that is kept.
  ///   - beta2: in 0..<1, the share of the second moment that is kept.
  ///   - epsilon: above 0; the convention's if `nil`.
  ///   - weightDecay: at least 0; the convention's if `nil`.
  public init(
    for model: some Module, _ convention: OptimizerConvention = .keras, rules: ParameterRules = ParameterRules(),
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double? = nil, weightDecay: Double? = nil
  ) {
    moments = AdamMoments("AdamW", for: model, convention, rules, beta1: beta1, beta2: beta2, epsilon: epsilon)
    self.weightDecay = weightDecay ?? (convention == .keras ? 0.004 : 0.01)
    require(self.weightDecay >= 0, "AdamW: weight decay must not be negative; got \(self.weightDecay)")
  }

  public func update(along gradients: Gradients, rate: Double) {
    moments.update(along: gradients, rate: rate, decay: weightDecay)
  }

  public func keep(_ parts: ParameterParts) { moments.keep(parts) }

  public var state: [(name: String, tensor: Tensor)] { moments.states.named }

  public func load(state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError) { try moments.load(state) }
}
