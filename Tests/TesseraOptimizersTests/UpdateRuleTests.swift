import Foundation
import TesseraOptimizers
import TesseraTensors
import Testing

/// One number followed through ten steps by the formulas of the papers, in double precision.
@Suite struct UpdateRuleTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable (Perceptron) -> any Optimizer
    /// Moves `w` along `g` in step `t` (from 1) with rate `r`; `s` starts as zeros.
    let step: @Sendable (_ w: inout Double, _ g: Double, _ t: Int, _ r: Double, _ s: inout [Double]) -> Void
  }

  static let rules = [
    Rule(testDescription: "SGD, Keras, Nesterov, decay") {
      SGD(for: $0, momentum: 0.8, isNesterov: true, weightDecay: 0.1)
    } step: { w, g, _, r, s in
      w -= r * 0.1 * w
      s[0] = 0.8 * s[0] - r * g
      w += 0.8 * s[0] - r * g
    },
    Rule(testDescription: "SGD, PyTorch, dampening, decay") {
      SGD(for: $0, .pyTorch, momentum: 0.8, dampening: 0.4, weightDecay: 0.1)
    } step: { w, g, t, r, s in
      let d = g + 0.1 * w
      s[0] = t == 1 ? d : 0.8 * s[0] + 0.6 * d
      w -= r * s[0]
    },
    Rule(testDescription: "SGD, PyTorch, decay without momentum") {
      SGD(for: $0, .pyTorch, weightDecay: 0.1)
    } step: { w, g, _, r, _ in
      w -= r * (g + 0.1 * w)
    },
    Rule(testDescription: "RMSprop, Keras") {
      RMSprop(for: $0, momentum: 0.5, isCentered: true)
    } step: { w, g, _, r, s in
      s[0] += 0.1 * (g * g - s[0])
      s[1] += 0.1 * (g - s[1])
      s[2] = 0.5 * s[2] + r * g / (s[0] - s[1] * s[1] + 1e-7).squareRoot()
      w -= s[2]
    },
    Rule(testDescription: "RMSprop, PyTorch") {
      RMSprop(for: $0, .pyTorch, momentum: 0.5)
    } step: { w, g, _, r, s in
      s[0] += 0.01 * (g * g - s[0])
      s[1] = 0.5 * s[1] + g / (s[0].squareRoot() + 1e-8)
      w -= r * s[1]
    },
    Rule(testDescription: "Adam, algorithm 1 of the paper") {
      Adam(for: $0, .pyTorch)
    } step: { w, g, t, r, s in
      s[0] += 0.1 * (g - s[0])
      s[1] += 0.001 * (g * g - s[1])
      let first = s[0] / (1 - pow(0.9, Double(t)))
      let second = s[1] / (1 - pow(0.999, Double(t)))
      w -= r * first / (second.squareRoot() + 1e-8)
    },
    Rule(testDescription: "AdamW, Keras, epsilon hat") {
      AdamW(for: $0, epsilon: 1e-2)
    } step: { w, g, t, r, s in
      w -= r * 0.004 * w
      s[0] += 0.1 * (g - s[0])
      s[1] += 0.001 * (g * g - s[1])
      let alpha = r * (1 - pow(0.999, Double(t))).squareRoot() / (1 - pow(0.9, Double(t)))
      w -= alpha * s[0] / (s[1].squareRoot() + 1e-2)
    },
  ]

  @Test(arguments: rules) func followsTheFormula(rule: Rule) {
    let model = Perceptron(shape: [7, 19])
    let optimizer = rule.make(model)
    var weights = model.filter.value.scalars.map(Double.init)
    var states = [[Double]](repeating: [0, 0, 0], count: weights.count)
    var random = RandomStream(seed: 5)
    for step in 1...10 {
      let rate = 0.1 / Double(step)
      let gradient = Tensor.random([7, 19], &random)
      optimizer.update(along: model.gradients(filter: gradient, bias: nil), rate: rate)
      for (index, g) in gradient.scalars.enumerated() {
        rule.step(&weights[index], Double(g), step, rate, &states[index])
      }
      for (value, weight) in zip(model.filter.value.scalars, weights) {
        #expect(abs(Double(value) - weight) <= 5e-6 * max(1, abs(weight)), "step \(step): \(value), formula \(weight)")
      }
    }
  }

  // The variance is zero then, and rounding makes it negative in some elements.
  @Test(arguments: [0.5, 0.8, 0.9, 0.99]) func aGradientThatNeverChangesLeavesTheCenteredFormFinite(rho: Double) {
    let model = Perceptron(shape: [1000])
    let optimizer = RMSprop(for: model, .pyTorch, rho: rho, isCentered: true)
    var random = RandomStream(seed: 6)
    let gradients = model.gradients(filter: .random([1000], &random), bias: nil)
    for _ in 0..<3000 { optimizer.update(along: gradients, rate: 1e-9) }
    #expect(model.filter.value.scalars.allSatisfy { $0.isFinite })
  }

  @Test func biasesShrinkUnlessToldOtherwise() {
    for decaysBiases in [true, false] {
      let model = Perceptron()
      let (filter, bias) = (model.filter.value, model.bias.value)
      let optimizer = AdamW(for: model, rules: ParameterRules(decaysBiases: decaysBiases), weightDecay: 0.5)
      let zeros = model.gradients(filter: .zeros([3, 5]), bias: .zeros([5]))
      optimizer.update(along: zeros, rate: 0.5)
      #expect(model.filter.value.scalars == filter.scalars.map { $0 * 0.75 })
      #expect(model.bias.value.scalars == bias.scalars.map { decaysBiases ? $0 * 0.75 : $0 })
    }
  }
}
