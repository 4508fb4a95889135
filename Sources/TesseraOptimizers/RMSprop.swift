import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// RMSprop (Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning", 2012), with momentum and the
/// centered form (Graves, arXiv:1308.0850).
///
/// With gradient g and rate r, s = rho s + (1 - rho) g², centered: s minus the square of the gradient's running mean:
///
/// |               | `.keras`                         | `.pyTorch`                     |
/// |---------------|----------------------------------|--------------------------------|
/// | rho, epsilon  | 0.9, 1e-7                        | 0.99, 1e-8                     |
/// | step          | g / sqrt(s + epsilon)            | g / (sqrt(s) + epsilon)        |
/// | momentum      | v = m v + r step; w -= v         | v = m v + step; w -= r v       |
public final class RMSprop: DivisibleOptimizer {
  private var states: ParameterStates
  private let convention: OptimizerConvention
  private let rho: Double
  private let epsilon: Double
  private let momentum: Double
  private let isCentered: Bool

  /// - Parameters:
  ///   - model: the model whose parameters are trained.
  ///   - convention: the library whose defaults and form are used.
  ///   - rules: what is different for some parameters.
  ///   - rho: 0..<1, the share of the running mean of squares that is kept; the convention's if `nil`.
  ///   - momentum: 0..<1; 0 keeps no velocity.
  ///   - epsilon: above 0; the convention's if `nil`.
  ///   - isCentered: whether to divide by the standard deviation of the gradient instead of its magnitude.
  public init(
    for model: some Module, _ convention: OptimizerConvention = .keras, rules: ParameterRules = ParameterRules(),
    rho: Double? = nil, momentum: Double = 0, epsilon: Double? = nil, isCentered: Bool = false
  ) {
    let isKeras = convention == .keras
    self.convention = convention
    self.rho = rho ?? (isKeras ? 0.9 : 0.99)
    self.epsilon = epsilon ?? (isKeras ? 1e-7 : 1e-8)
    self.momentum = momentum
    self.isCentered = isCentered
    states = ParameterStates(
      "RMSprop", for: model, rules,
      slots: ["square"] + (isCentered ? ["mean"] : []) + (momentum > 0 ? ["velocity"] : []))
    require((0..<1).contains(self.rho), "RMSprop: rho must lie in 0..<1; got \(self.rho)")
    require((0..<1).contains(momentum), "RMSprop: momentum must lie in 0..<1; got \(momentum)")
    require(self.epsilon > 0, "RMSprop: epsilon must be positive; got \(self.epsilon)")
  }

  public func update(along gradients: Gradients, rate: Double) {
    states.update(along: gradients, rate: rate) { update, weight, tensors in
      // Moved out of the array, so that each is the only owner of its memory and is updated in place.
      var velocity = momentum > 0 ? tensors.removeLast() : nil
      var mean = isCentered ? tensors.removeLast() : nil
      var square = tensors.removeLast()
      updateRMSprop(
        &weight, square: &square, mean: &mean, velocity: &velocity, along: update.gradient,
        convention: convention, rate: update.rate, rho: rho, epsilon: epsilon, momentum: momentum)
      tensors = [square, mean, velocity].compactMap(\.self)
    }
  }

  public func keep(_ parts: ParameterParts) { states.keep(parts) }

  public var state: [(name: String, tensor: Tensor)] { states.named }

  public func load(state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError) { try states.load(state) }
}
