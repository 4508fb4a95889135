import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// Adam (Kingma and Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980).
///
/// ```swift
/// let optimizer = Adam(for: model)              // as in Keras
/// let optimizer = Adam(for: model, .pyTorch)
/// ```
/// With moments m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g² and corrections c1 = 1 - b1^t, c2 = sqrt(1 - b2^t):
///
/// |         | `.keras`                                  | `.pyTorch`                                |
/// |---------|-------------------------------------------|-------------------------------------------|
/// | epsilon | 1e-7                                      | 1e-8                                      |
/// | weight  | w -= rate c2 / c1 m / (sqrt(v) + epsilon) | w -= rate / c1 m / (sqrt(v) / c2 + epsilon) |
public final class Adam: DivisibleOptimizer {
  private var moments: AdamMoments

  /// - Parameters:
  ///   - model: the model whose parameters are trained.
  ///   - convention: the library whose defaults and form are used.
  ///   - rules: what is different for some parameters.
  ///   - beta1: in 0..<1, the share of the first moment that is kept.
  ///   - beta2: in 0..<1, the share of the second moment that is kept.
  ///   - epsilon: above 0; the convention's if `nil`.
  public init(
    for model: some Module, _ convention: OptimizerConvention = .keras, rules: ParameterRules = ParameterRules(),
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double? = nil
  ) {
    moments = AdamMoments("Adam", for: model, convention, rules, beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  public func update(along gradients: Gradients, rate: Double) { moments.update(along: gradients, rate: rate) }

  public func keep(_ parts: ParameterParts) { moments.keep(parts) }

  public var state: [(name: String, tensor: Tensor)] { moments.states.named }

  public func load(state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError) { try moments.load(state) }
}
