import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// The part that Adam and AdamW share: both moments of each parameter's gradient, and the step along their ratio.
struct AdamMoments {
  private(set) var states: ParameterStates
  private let convention: OptimizerConvention
  private let beta1: Double
  private let beta2: Double
  private let epsilon: Double

  init(
    _ optimizer: String, for model: some Module, _ convention: OptimizerConvention, _ rules: ParameterRules,
    beta1: Double, beta2: Double, epsilon: Double?
  ) {
    states = ParameterStates(optimizer, for: model, rules, slots: ["firstMoment", "secondMoment"])
    self.convention = convention
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon ?? (convention == .keras ? 1e-7 : 1e-8)
    require((0..<1).contains(beta1), "\(optimizer): beta1 must lie in 0..<1; got \(beta1)")
    require((0..<1).contains(beta2), "\(optimizer): beta2 must lie in 0..<1; got \(beta2)")
    require(self.epsilon > 0, "\(optimizer): epsilon must be positive; got \(self.epsilon)")
  }

  /// - Parameter decay: the weight decay of the parameters that decay.
  mutating func update(along gradients: Gradients, rate: Double, decay: Double = 0) {
    states.update(along: gradients, rate: rate) { update, weight, tensors in
      let correction1 = 1 - pow(beta1, Double(update.count))
      let correction2 = (1 - pow(beta2, Double(update.count))).squareRoot()
      let isKeras = convention == .keras
      // Moved out of the array, so that each is the only owner of its memory and is updated in place.
      var second = tensors.removeLast()
      var first = tensors.removeLast()
      updateAdam(
        &weight, first: &first, second: &second, along: update.gradient,
        rate: update.rate / correction1 * (isKeras ? correction2 : 1), beta1: beta1, beta2: beta2, epsilon: epsilon,
        correction: isKeras ? 1 : 1 / correction2, shrink: update.decays ? 1 - update.rate * decay : 1)
      tensors = [first, second]
    }
  }

  mutating func keep(_ parts: ParameterParts) { states.keep(parts) }

  mutating func load(_ state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError) { try states.load(state) }
}
