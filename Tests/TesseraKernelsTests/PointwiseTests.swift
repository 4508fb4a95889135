import Foundation
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct PointwiseTests {
  /// Small and large, positive and negative; 130,003 elements are three blocks and a part of a vector.
  static let input: Tensor = {
    let stream = Tensor.random([130_003], in: -4..<4)
    let extremes: [Float] = [-120, -89, -20, -8, 0, 8, 20, 89, 120]
    return .concatenation([Tensor(extremes), stream], along: 0)
  }()

  static let activations: [(Activation, @Sendable (Double) -> Double)] = [
    (.identity, { $0 }), (.relu, { max($0, 0) }), (.leakyReLU(slope: 0.1), { $0 > 0 ? $0 : 0.1 * $0 }),
    (.leakyReLU(slope: 0), { max($0, 0) }), (.sigmoid, { 1 / (1 + exp(-$0)) }), (.tanh, { tanh($0) }),
    (.gelu, { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }), (.relu6, { min(max($0, 0), 6) }),
    (.hardSigmoid, { min(max($0 + 3, 0), 6) / 6 }), (.silu, { $0 / (1 + exp(-$0)) }),
    (.hardSwish, { $0 * min(max($0 + 3, 0), 6) / 6 }),
  ]

  @Test(arguments: activations.indices)
  func activationsEqualTheirDefinitions(_ number: Int) {
    let (activation, definition) = Self.activations[number]
    let result = activation(Self.input)
    expectClose(result, DoubleArray(Self.input).map(definition), tolerance: 1e-6, "\(activation)")
    // Relative to the largest hides small ones: look at the moderate inputs alone.
    let moderate = Self.input.sliced(9..<5000, along: 0)
    expectClose(activation(moderate), DoubleArray(moderate).map(definition), tolerance: 5e-7, "\(activation)")
  }

  @Test(arguments: activations.indices)
  func derivativesEqualCentralDifferences(_ number: Int) {
    let (activation, definition) = Self.activations[number]
    // More than a block; no number lies at the end of a piece.
    let step = 1e-6
    let numbers = Tensor.random([70_003], in: -7..<7).scalars.map { number in
      [-3, 0, 3, 6].contains { abs($0 - number) < 1e-4 } ? number + 0.01 : number
    }
    let (x, dy) = (Tensor(numbers), Tensor.random([70_003], seed: 8))
    let expected = DoubleArray(x).map { (definition($0 + step) - definition($0 - step)) / (2 * step) }
      .combined(with: DoubleArray(dy), *)
    let reference = activation.derivesFromOutput ? activation(x) : x
    expectClose(activation.backward(dy, reference: reference), expected, tolerance: 2e-6, "\(activation)")
  }

  @Test(arguments: activations.indices)
  func noActivationHidesANaN(_ number: Int) {
    // At the start of a vector, inside, and in the scalar rest.
    var input = Tensor.random([37])
    for place in [0, 17, 36] { input[place] = .nan }
    let result = Self.activations[number].0(input)
    for index in 0..<37 { #expect(result[index].isNaN == [0, 17, 36].contains(index), "index \(index)") }
  }

  @Test func elementaryFunctionsEqualTheirDefinitions() {
    let positive = Tensor.random([70_001], in: 0.01..<9)
    let exact = DoubleArray(positive)
    expectClose(positive.exponential(), exact.map { exp($0) }, tolerance: 1e-6)
    expectClose(positive.logarithm(), exact.map { log($0) }, tolerance: 1e-6)
    expectClose(positive.squareRoot(), exact.map { $0.squareRoot() }, tolerance: 1e-6)
    expectClose((positive - 4).absolute(), DoubleArray(positive - 4).map(abs), tolerance: 0)
    expectClose(positive.squared(), exact.map { $0 * $0 }, tolerance: 1e-6)
    #expect(Tensor([-1000, 1000]).exponential().scalars == [0, .infinity])
  }

  @Test func dropoutKeepsTheMeanAndZeroesItsRate() {
    let ones = Tensor(repeating: 1, shape: [200_000])
    for rate in [Float(0.1), 0.3, 0.5, 0.9] {
      let dropped = ones.droppingOut(DropoutMask(rate: rate, key: 42))
      let zeros = dropped.scalars.count { $0 == 0 }
      // Five standard deviations of a binomial distribution.
      let deviation = (200_000 * Double(rate) * Double(1 - rate)).squareRoot()
      #expect(abs(Double(zeros) - 200_000 * Double(rate)) < 5 * deviation)
      #expect(Set(dropped.scalars) == [0, 1 / (1 - rate)])
    }
    #expect(ones.droppingOut(DropoutMask(rate: 0, key: 1)) == ones)
  }

  @Test func dropoutDependsOnItsKeyAlone() {
    let x = Tensor.random([1000], in: 1..<2)
    #expect(x.droppingOut(DropoutMask(rate: 0.5, key: 7)) == x.droppingOut(DropoutMask(rate: 0.5, key: 7)))
    func mask(_ key: UInt64) -> [Bool] { x.droppingOut(DropoutMask(rate: 0.5, key: key)).scalars.map { $0 == 0 } }
    let (first, second) = (mask(7), mask(8))
    let agreements = zip(first, second).count { $0 == $1 }
    #expect(abs(agreements - 500) < 80, "masks of neighboring keys are independent")
    let blocks = Tensor(repeating: 1, shape: [2, 1 << 16]).droppingOut(DropoutMask(rate: 0.5, key: 7))
    #expect(blocks.sliced(0..<1, along: 0) != blocks.sliced(1..<2, along: 0), "blocks are independent")
    let neighbors = zip(first, first.dropFirst()).count { $0 == $1 }
    #expect(abs(neighbors - 500) < 80, "neighboring elements are independent")
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    expectSameBits {
      Self.activations.flatMap { activation, _ in
        [activation(Self.input), activation.backward(Self.input, reference: Self.input)]
      } + [Self.input.droppingOut(DropoutMask(rate: 0.3, key: 9))]
    }
  }
}
