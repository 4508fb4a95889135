import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors
import TestSupport
import Testing

@Suite struct FoldingTests {
  /// What a convolution is made of in a test.
  struct Case: Sendable, CustomTestStringConvertible {
    var kernel: Extent = 3
    var stride: Extent = 1
    var padding = Padding.same
    var dilation: Extent = 1
    var groups = 1
    var outputs = 16
    var bias = true
    var convention = BatchNorm.Convention.keras
    var activation = Activation.identity

    var testDescription: String {
      "\(kernel), stride \(stride), dilation \(dilation), groups \(groups) to \(outputs), bias \(bias), \(convention), \(activation)"
    }

    static let all: [Case] = [
      Case(), Case(convention: .pyTorch, activation: .relu), Case(bias: false), Case(stride: 2),
      Case(stride: Extent(height: 1, width: 2), bias: false, convention: .pyTorch), Case(groups: 2),
      Case(stride: 2, groups: 4, bias: false, activation: .gelu), Case(dilation: 2, groups: 2, activation: .tanh),
      Case(kernel: 1, activation: .leakyReLU(slope: 0.2)), Case(kernel: Extent(height: 2, width: 5), padding: .valid),
      Case(convention: .init(momentum: 0.9, epsilon: 0.37, isUnbiased: false), activation: .sigmoid),
      Case(groups: 8, outputs: 8, activation: .relu6),
      Case(kernel: 5, stride: 2, groups: 8, outputs: 8, bias: false, convention: .pyTorch, activation: .hardSwish),
      Case(dilation: 2, groups: 8, outputs: 8, activation: .silu), Case(groups: 2, activation: .hardSigmoid),
      Case(groups: 8, convention: .init(momentum: 0.9, epsilon: 1e-7, isUnbiased: true)),
    ]

    func convolution(_ random: inout RandomStream) -> Conv2D {
      let layer = Conv2D(
        from: 8, to: outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
        bias: bias, random: &random)
      layer.bias?.value = .random([outputs], seed: 7)
      return layer
    }

    func transposed(_ random: inout RandomStream) -> TransposedConv2D {
      let layer = TransposedConv2D(
        from: 8, to: outputs, kernel: kernel, stride: stride, dilation: dilation, groups: groups, bias: bias,
        random: &random)
      layer.bias?.value = .random([outputs], seed: 7)
      return layer
    }

    var norm: BatchNorm { FoldingTests.norm(outputs, convention) }
  }

  /// A normalization that has seen something.
  static func norm(_ channels: Int, _ convention: BatchNorm.Convention = .keras) -> BatchNorm {
    let norm = BatchNorm(channels, convention: convention)
    norm.scale.value = .random([channels], seed: 2, in: -1..<2)
    norm.offset.value = .random([channels], seed: 3)
    norm.runningMean.value = .random([channels], seed: 4)
    norm.runningVariance.value = .random([channels], seed: 5, in: 0.1..<3)
    return norm
  }

  static let input = Tensor.random([2, 9, 7, 8], seed: 9)

  /// What layers compute on a tape, where each runs by itself.
  private func apart(_ body: (Variable) -> Variable) -> Tensor { body(Tape(mode: .inference).input(Self.input)).value }

  @Test(arguments: Case.all) func aConvolutionComputesWhatFollowsIt(_ test: Case) {
    var random = RandomStream(seed: 1)
    let (layer, up, norm) = (test.convolution(&random), test.transposed(&random), test.norm)
    let (x, activation) = (Variable(Self.input), ActivationLayer(test.activation))
    for body: (Variable) -> Variable in [
      { activation(norm(layer($0))) }, { activation(norm(up($0))) }, { Sequential(layer, norm, activation)($0) },
      { Sequential(up, norm, activation)($0) },
    ] {
      expectClose(body(x).value, apart(body), tolerance: 1e-5)
    }
  }

  /// The same bits as those of a convolution with the folded weights, and not those of two operations.
  @Test func whatFollowsIsInTheWeights() {
    var random = RandomStream(seed: 1)
    let (layer, norm) = (Case().convolution(&random), Self.norm(16))
    let factors = norm.scale.value / (norm.runningVariance.value + norm.convention.epsilon).squareRoot()
    let shift = (layer.bias?.value ?? .zeros([16])) - norm.runningMean.value
    let folded = conv2D(
      Variable(Self.input), filter: Variable(layer.filter.value * factors),
      bias: Variable(shift * factors + norm.offset.value), activation: .relu)
    #expect(relu(norm(layer(Variable(Self.input)))).value == folded.value)
    #expect(Sequential(layer, norm, ActivationLayer(.relu))(Variable(Self.input)).value == folded.value)
    let known = layer(Variable(Self.input)).value
    #expect(relu(norm(Variable(known))).value != folded.value)
  }

  @Test func aBottleneckWithItsShortcutIsRight() {
    var random = RandomStream(seed: 1)
    let (first, second) = (Case().convolution(&random), Conv2D(from: 16, to: 16, kernel: 3, random: &random))
    let shortcut = Conv2D(from: 8, to: 16, kernel: 1, bias: false, random: &random)
    let norms = [Self.norm(16), Self.norm(16, .pyTorch), Self.norm(16)]
    func block(_ x: Variable) -> Variable {
      let inner = second(relu(norms[0](first(x))))
      // The second user of the convolution's result is an addition.
      return relu(norms[1](inner) + norms[2](shortcut(x)) + inner)
    }
    expectClose(block(Variable(Self.input)).value, apart(block), tolerance: 1e-5)
  }

  @Test func aConvolutionWithAnActivationStaysAsItIs() {
    var random = RandomStream(seed: 1)
    let layer = Conv2D(from: 8, to: 4, kernel: 3, activation: .relu, random: &random)
    let norm = Self.norm(4)
    let known = layer(Variable(Self.input)).value
    #expect(norm(layer(Variable(Self.input))).value == norm(Variable(known)).value)
  }

  @Test(arguments: [Tape.Mode.training, .inference]) func nothingIsFoldedOnATape(mode: Tape.Mode) {
    var random = RandomStream(seed: 1)
    let (layer, norm) = (Case().convolution(&random), Self.norm(16))
    let tape = Tape(mode: mode)
    let output = Sequential(layer, norm, ActivationLayer(.relu))(tape.input(Self.input))
    #expect(tape.operations.map(\.name) == ["conv2D", "batchNormalization", "relu"])
    let gradients = tape.gradients(of: output.sum())
    for parameter in [layer.filter, layer.bias, norm.scale, norm.offset] {
      #expect(parameter.flatMap { gradients[$0] } != nil)
    }
  }

  @Test func whatIsFoldedIsKeptWithItsTransformedFilters() {
    var random = RandomStream(seed: 1)
    let layer = Conv2D(from: 64, to: 64, kernel: 3, bias: false, random: &random)
    let up = TransposedConv2D(from: 64, to: 64, kernel: 3, random: &random)
    let model = Sequential(layer, Self.norm(64), up, Self.norm(64), ActivationLayer(.relu))
    let x = Variable(.random([1, 16, 16, 64]))
    let prepared = PreparedTensors()
    let outputs = ComputeContext.$current.withValue(.current.keeping(prepared)) {
      (1...5).map { pass in
        let output = model(x).value
        // Folded weights from the second pass on, their transformed filters from the third.
        #expect(prepared.count == [0, 4, 6, 6, 6][pass - 1], "pass \(pass)")
        return output
      }
    }
    #expect(outputs.allSatisfy { $0 == outputs[0] })
    expectClose(outputs[0], model(x).value, tolerance: 1e-5, "where nothing is kept")
  }

  @Test func everyChangeOfAParameterIsSeenByTheNextPass() {
    var random = RandomStream(seed: 1)
    let (layer, norm) = (Case().convolution(&random), Self.norm(16))
    let model = Sequential(layer, norm)
    func pass(_ x: Variable) -> Variable { norm(layer(x)) }
    let x = Variable(Self.input)
    let prepared = PreparedTensors()
    var before: Tensor?
    let changes: [(name: String, parameter: Parameter)] = model.namedParameters
    #expect(changes.count == 6)
    for (name, parameter) in changes {
      for isInPlace in [true, false] {
        if isInPlace { parameter.value += Tensor(0.5) } else { parameter.value = parameter.value * 1.5 }
        let expected = apart(pass)
        ComputeContext.$current.withValue(.current.keeping(prepared)) {
          for _ in 0..<3 { expectClose(pass(x).value, expected, tolerance: 1e-5, name) }
        }
        #expect(before != expected, "\(name) changes the result")
        before = expected
        #expect(prepared.count <= 3 && prepared.sourceCount <= 8, "old weights go")
      }
    }
  }
}
