import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's accelerated form (Sutskever et al., ICML
/// 2013).
///
/// ```swift
/// let optimizer = SGD(for: model, .pyTorch, momentum: 0.9, isNesterov: true, weightDecay: 1e-4)
/// ```
/// With gradient g, rate r, momentum m, dampening d:
///
/// |             | `.keras`                       | `.pyTorch`                                          |
/// |-------------|--------------------------------|-----------------------------------------------------|
/// | velocity    | v = m v - r g                  | v = m v + (1 - d) g; in the first update v = g      |
/// | weight      | w += v                         | w -= r v                                            |
/// | Nesterov    | w += m v - r g                 | w -= r (g + m v)                                    |
/// | weight decay| w -= r decay w, decoupled      | g += decay w                                        |
public final class SGD: DivisibleOptimizer {
  private var states: ParameterStates
  private let convention: OptimizerConvention
  private let momentum: Double
  private let dampening: Double
  private let isNesterov: Bool
  private let weightDecay: Double

  /// - Parameters:
  ///   - model: the model whose parameters are trained.
  ///   - convention: the library whose form of momentum is used.
  ///   - rules: what is different for some parameters, including weight decay of biases.
  ///   - momentum: 0..<1; 0 keeps no velocity.
  ///   - dampening: PyTorch's; 0 in Keras' convention and with Nesterov's form.
  ///   - isNesterov: whether to use Nesterov's look-ahead form.
  ///   - weightDecay: at least 0.
  public init(
    for model: some Module, _ convention: OptimizerConvention = .keras, rules: ParameterRules = ParameterRules(),
    momentum: Double = 0, dampening: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0
  ) {
    require((0..<1).contains(momentum), "SGD: momentum must lie in 0..<1; got \(momentum)")
    require(weightDecay >= 0, "SGD: weight decay must not be negative; got \(weightDecay)")
    require(
      dampening == 0 || convention == .pyTorch && !isNesterov,
      "SGD: dampening works only with PyTorch's plain momentum; got \(dampening)")
    require(!isNesterov || momentum > 0, "SGD: Nesterov's form needs a momentum above 0")
    states = ParameterStates("SGD", for: model, rules, slots: momentum > 0 ? ["velocity"] : [])
    self.convention = convention
    self.momentum = momentum
    self.dampening = dampening
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }

  public func update(along gradients: Gradients, rate: Double) {
    let isKeras = convention == .keras
    states.update(along: gradients, rate: rate) { update, weight, tensors in
      let decay = update.decays ? weightDecay : 0
      var velocity = tensors.popLast()
      updateSGD(
        &weight, velocity: &velocity, along: update.gradient, convention: convention,
        rate: update.rate, momentum: momentum, dampening: update.count == 1 ? 0 : dampening, isNesterov: isNesterov,
        decay: isKeras ? 0 : decay, shrink: isKeras ? 1 - update.rate * decay : 1)
      if let velocity { tensors.append(velocity) }
    }
  }

  public func keep(_ parts: ParameterParts) { states.keep(parts) }

  public var state: [(name: String, tensor: Tensor)] { states.named }

  public func load(state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError) { try states.load(state) }
}
