import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct ArithmeticGradientTests {
  static let shapes: [(Shape, Shape)] = [
    ([2, 3], [2, 3]), ([2, 3], [3]), ([3], [2, 3]), ([2, 3], []), ([2, 1], [1, 3]), ([2, 3, 4], [3, 1]),
    ([1, 3], [2, 1, 1]), ([], []), ([1], [1, 1]),
  ]

  @Test(arguments: shapes)
  func binaryOperations(_ left: Shape, _ right: Shape) {
    let inputs = [Tensor.random(left, seed: 1), Tensor.random(right, seed: 2, in: 0.5..<2)]
    expectGradients(of: { $0[0] + $0[1] }, match: { $0[0].combined(with: $0[1], +) }, at: inputs, "add")
    expectGradients(of: { $0[0] - $0[1] }, match: { $0[0].combined(with: $0[1], -) }, at: inputs, "subtract")
    expectGradients(of: { $0[0] * $0[1] }, match: { $0[0].combined(with: $0[1], *) }, at: inputs, "multiply")
    expectGradients(of: { $0[0] / $0[1] }, match: { $0[0].combined(with: $0[1], /) }, at: inputs, "divide")
  }

  @Test func numbersOnEitherSide() {
    let x = [Tensor.random([2, 3], in: 0.5..<2)]
    expectGradients(of: { 3 - $0[0] * 2 }, match: { $0[0].map { 3 - $0 * 2 } }, at: x)
    expectGradients(of: { 3 / ($0[0] + 1) }, match: { $0[0].map { 3 / ($0 + 1) } }, at: x)
    expectGradients(of: { (2 * $0[0] - 1) / 4 }, match: { $0[0].map { (2 * $0 - 1) / 4 } }, at: x)
    expectGradients(of: { 1 + -$0[0] }, match: { $0[0].map { 1 - $0 } }, at: x)
  }

  @Test func elementaryFunctions() {
    let x = [Tensor.random([3, 5], in: 0.5..<2)]
    expectGradients(of: { $0[0].exponential() }, match: { $0[0].map { exp($0) } }, at: x, "exponential")
    expectGradients(of: { $0[0].logarithm() }, match: { $0[0].map { log($0) } }, at: x, "logarithm")
    expectGradients(of: { $0[0].squareRoot() }, match: { $0[0].map { $0.squareRoot() } }, at: x, "squareRoot")
    expectGradients(of: { $0[0].squared() }, match: { $0[0].map { $0 * $0 } }, at: x, "squared")
  }

  @Test func matrixProducts() {
    func oracle(_ inputs: [DoubleArray]) -> DoubleArray { Oracle.product(inputs[0], inputs[1]) }
    for (m, k, n) in [(2, 3, 4), (1, 5, 1), (4, 1, 3)] {
      expectGradients(
        of: { $0[0].matrixProduct($0[1]) }, match: oracle,
        at: [.random([m, k], seed: 1), .random([k, n], seed: 2)])
    }
    expectGradients(
      of: { $0[0].matrixProduct($0[1]) },
      match: { Oracle.product($0[0].reshaped(to: [6, 4]), $0[1]).reshaped(to: [2, 3, 5]) },
      at: [.random([2, 3, 4], seed: 1), .random([4, 5], seed: 2)], "leading axes")
  }

  @Test func activations() {
    let x = [Tensor.random([4, 9], in: -7..<7)]
    for activation in [
      Activation.identity, .relu, .leakyReLU(slope: 0.2), .relu6, .sigmoid, .hardSigmoid, .tanh, .gelu, .silu,
      .hardSwish,
    ] {
      expectGradients(
        of: { activate($0[0], activation) }, match: { $0[0].map(activation.definition) }, at: x, "\(activation)")
    }
    expectGradients(of: { relu($0[0]) }, match: { $0[0].map { max($0, 0) } }, at: x)
    expectGradients(of: { softmax($0[0]) }, match: { Oracle.softmax($0[0]) }, at: x)
  }
}
