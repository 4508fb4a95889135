import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraLayers
import TesseraOptimizers
import TesseraTensors

/// A model of one filter and one bias, whose gradients a test chooses.
struct Perceptron: Module {
  let filter: Parameter
  let bias: Parameter
  var description: String { "Perceptron" }

  init(filter: Tensor, bias: Tensor) {
    self.filter = Parameter(filter)
    self.bias = Parameter(bias, kind: .bias)
  }

  /// Numbers between -1 and 1 that depend on `seed` alone.
  init(shape: Shape = [3, 5], seed: UInt64 = 1) {
    var random = RandomStream(seed: seed)
    self.init(filter: .random(shape, &random), bias: .random([5], &random))
  }

  func gradients(filter: Tensor?, bias: Tensor?) -> Gradients {
    let tape = Tape()
    var gradients = tape.gradients(of: tape.variable(Tensor(0)))
    gradients[self.filter] = filter
    gradients[self.bias] = bias
    return gradients
  }

  func randomGradients(_ random: inout RandomStream) -> Gradients {
    gradients(filter: .random(filter.value.shape, &random), bias: .random(bias.value.shape, &random))
  }

  var bits: [[UInt32]] { [filter, bias].map { $0.value.scalars.map(\.bitPattern) } }
}

extension Tensor {
  static func random(_ shape: Shape, _ random: inout RandomStream) -> Tensor {
    Tensor((0..<shape.elementCount).map { _ in random.uniform(in: -1..<1) }, shape: shape)
  }

  /// Part `index` of the first axis.
  func part(_ index: Int) -> Tensor {
    let rest = Shape(Array(shape.dimensions.dropFirst()))
    return Tensor(Array(scalars[index * rest.elementCount..<(index + 1) * rest.elementCount]), shape: rest)
  }
}

/// What makes an optimizer, so that tests run over all kinds.
struct Kind: Sendable, CustomStringConvertible {
  let description: String
  let make: @Sendable (Perceptron) -> any Optimizer

  init(_ description: String, _ make: @escaping @Sendable (Perceptron) -> any Optimizer) {
    self.description = description
    self.make = make
  }

  static let keras = [
    Kind("sgd") { SGD(for: $0) },
    Kind("sgd.momentum") { SGD(for: $0, momentum: 0.9) },
    Kind("sgd.nesterov") { SGD(for: $0, momentum: 0.9, isNesterov: true) },
    Kind("sgd.decay") { SGD(for: $0, momentum: 0.9, weightDecay: 0.05) },
    Kind("rmsprop") { RMSprop(for: $0) },
    Kind("rmsprop.momentum") { RMSprop(for: $0, momentum: 0.9) },
    Kind("rmsprop.centered") { RMSprop(for: $0, isCentered: true) },
    Kind("rmsprop.centered.momentum") { RMSprop(for: $0, rho: 0.8, momentum: 0.5, epsilon: 1e-3, isCentered: true) },
    Kind("adam") { Adam(for: $0) },
    Kind("adam.betas") { Adam(for: $0, beta1: 0.8, beta2: 0.95, epsilon: 1e-4) },
    Kind("adamw") { AdamW(for: $0) },
    Kind("adamw.decay") { AdamW(for: $0, weightDecay: 0.5) },
    Kind("sgd.spared") { SGD(for: $0, rules: ParameterRules(decaysBiases: false), momentum: 0.9, weightDecay: 0.05) },
    Kind("adamw.spared") { AdamW(for: $0, rules: ParameterRules(decaysBiases: false), weightDecay: 0.5) },
  ]

  static let pyTorch = [
    Kind("sgd") { SGD(for: $0, .pyTorch) },
    Kind("sgd.momentum") { SGD(for: $0, .pyTorch, momentum: 0.9) },
    Kind("sgd.dampening") { SGD(for: $0, .pyTorch, momentum: 0.9, dampening: 0.3) },
    Kind("sgd.nesterov") { SGD(for: $0, .pyTorch, momentum: 0.9, isNesterov: true) },
    Kind("sgd.decay") { SGD(for: $0, .pyTorch, momentum: 0.9, weightDecay: 0.05) },
    Kind("rmsprop") { RMSprop(for: $0, .pyTorch) },
    Kind("rmsprop.momentum") { RMSprop(for: $0, .pyTorch, momentum: 0.9) },
    Kind("rmsprop.centered") { RMSprop(for: $0, .pyTorch, isCentered: true) },
    Kind("rmsprop.centered.momentum") {
      RMSprop(for: $0, .pyTorch, rho: 0.8, momentum: 0.5, epsilon: 1e-3, isCentered: true)
    },
    Kind("adam") { Adam(for: $0, .pyTorch) },
    Kind("adam.betas") { Adam(for: $0, .pyTorch, beta1: 0.8, beta2: 0.95, epsilon: 1e-4) },
    Kind("adamw") { AdamW(for: $0, .pyTorch) },
    Kind("adamw.decay") { AdamW(for: $0, .pyTorch, weightDecay: 0.5) },
    Kind("sgd.groups") { SGD(for: $0, .pyTorch, rules: groups, momentum: 0.9, weightDecay: 0.05) },
    Kind("rmsprop.groups") { RMSprop(for: $0, .pyTorch, rules: groups, momentum: 0.9) },
    Kind("adam.groups") { Adam(for: $0, .pyTorch, rules: groups) },
    Kind("adamw.groups") { AdamW(for: $0, .pyTorch, rules: groups, weightDecay: 0.5) },
  ]

  /// The filter learns at a tenth of the rate, and the bias does not decay.
  private static let groups = ParameterRules([.rate(0.1, "filter")], decaysBiases: false)

  static let frozen = [
    Kind("sgd.frozen") { SGD(for: $0, rules: frozenFilter, momentum: 0.9) },
    Kind("rmsprop.frozen") { RMSprop(for: $0, rules: frozenFilter) },
    Kind("adam.frozen") { Adam(for: $0, rules: frozenFilter) },
    Kind("adamw.frozen") { AdamW(for: $0, rules: frozenFilter) },
  ]

  private static let frozenFilter = ParameterRules([.frozen("filter"), .rate(0.5, "bias")], decaysBiases: false)
}
