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
    var bias = true
    var convention = BatchNorm.Convention.keras
    var activation = Activation.identity

    var testDescription: String {
      "\(kernel), stride \(stride), dilation \(dilation), groups \(groups), bias \(bias), \(convention), \(activation)"
    }

    static let all: [Case] = [
      Case(), Case(convention: .pyTorch, activation: .relu), Case(bias: false), Case(stride: 2),
      Case(stride: Extent(height: 1, width: 2), bias: false, convention: .pyTorch), Case(groups: 2),
      Case(stride: 2, groups: 4, bias: false, activation: .gelu), Case(dilation: 2, groups: 2, activation: .tanh),
      Case(kernel: 1, activation: .leakyReLU(slope: 0.2)), Case(kernel: Extent(height: 2, width: 5), padding: .valid),
      Case(convention: .init(momentum: 0.9, epsilon: 0.37, isUnbiased: false), activation: .sigmoid),
      Case(groups: 8, convention: .init(momentum: 0.9, epsilon: 1e-7, isUnbiased: true)),
    ]

    func convolution(_ random: inout RandomStream) -> Conv2D {
      let layer = Conv2D(
        from: 8, to: 16, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
        bias: bias, random: &random)
      layer.bias?.value = .random([16], seed: 7)
      return layer
    }

    func transposed(_ random: inout RandomStream) -> TransposedConv2D {
      let layer = TransposedConv2D(
        from: 8, to: 16, kernel: kernel, stride: stride, dilation: dilation, groups: groups, bias: bias, random: &random
      )
      layer.bias?.value = .random([16], seed: 7)
      return layer
    }

    var norm: BatchNorm { FoldingTests.norm(16, convention) }
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

  @Test(arguments: Case.all) func aFoldedConvolutionComputesBoth(_ test: Case) {
    var random = RandomStream(seed: 1)
    let (layer, norm, x) = (test.convolution(&random), test.norm, Variable(Self.input))
    let apart = norm(layer(x))
    expectClose(norm.folded(into: layer)(x).value, apart.value, tolerance: 1e-5, "folded")
    let whole = Sequential(layer, norm, ActivationLayer(test.activation))(x)
    expectClose(whole.value, activate(apart, test.activation).value, tolerance: 1e-5, "in a sequence")
  }

  @Test(arguments: Case.all) func aFoldedTransposedConvolutionComputesBoth(_ test: Case) {
    var random = RandomStream(seed: 1)
    let (layer, norm, x) = (test.transposed(&random), test.norm, Variable(Self.input))
    let apart = norm(layer(x))
    expectClose(norm.folded(into: layer)(x).value, apart.value, tolerance: 1e-5, "folded")
    let whole = Sequential(layer, norm, ActivationLayer(test.activation))(x)
    expectClose(whole.value, activate(apart, test.activation).value, tolerance: 1e-5, "in a sequence")
  }

  @Test func aSequenceFoldsAllThatFollowsUntilAnActivation() {
    var random = RandomStream(seed: 1)
    let (first, second) = (Case().convolution(&random), Conv2D(from: 16, to: 8, kernel: 1, random: &random))
    let (inner, outer) = (Self.norm(16), Self.norm(16, .pyTorch))
    let x = Variable(Self.input)
    let sequence = Sequential(
      first, inner, outer, ActivationLayer(.relu), inner, MaxPool2D(), second, ActivationLayer(.tanh))
    let folded = relu(outer.folded(into: inner.folded(into: first))(x))
    let expected = activate(second(maxPool(inner(folded), window: 2)), .tanh)
    // A folded layer has other roundings than two: the same bits come from the same layers alone.
    #expect(sequence(x).value == expected.value)
    #expect(sequence(x).value != Sequential(sequence.layers.map { Apart(layer: $0) })(x).value)
  }

  /// A layer that nothing can be folded into.
  struct Apart: Layer {
    let layer: any Layer
    func callAsFunction(_ input: Variable) -> Variable { layer(input) }
  }

  @Test func aConvolutionWithAnActivationStaysAsItIs() {
    var random = RandomStream(seed: 1)
    let layer = Conv2D(from: 8, to: 4, kernel: 3, activation: .relu, random: &random)
    let x = Variable(Self.input)
    #expect(Sequential(layer, Self.norm(4))(x).value == Self.norm(4)(layer(x)).value)
  }

  @Test(arguments: [Tape.Mode.training, .inference]) func nothingIsFoldedOnATape(mode: Tape.Mode) {
    var random = RandomStream(seed: 1)
    let (layer, norm) = (Case().convolution(&random), Self.norm(16))
    let tape = Tape(mode: mode)
    let output = Sequential(layer, norm, ActivationLayer(.relu))(tape.input(Self.input))
    let operations = tape.operations.map(\.name)
    #expect(operations.first == "conv2D" && operations.last == "relu" && operations.count > 3)
    let gradients = tape.gradients(of: output.sum())
    for parameter in [layer.filter, layer.bias, norm.scale, norm.offset] {
      #expect(parameter.flatMap { gradients[$0] } != nil)
    }
  }

  @Test func aFoldedLayerTrainsNothing() {
    var random = RandomStream(seed: 1)
    let folded = Self.norm(16).folded(into: Case().convolution(&random))
    #expect(folded.parameters.count == 2 && folded.parameters.allSatisfy { !$0.isTrainable })
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
    let x = Variable(Self.input)
    let prepared = PreparedTensors()
    var before: Tensor?
    let changes: [(name: String, parameter: Parameter)] = model.namedParameters
    #expect(changes.count == 6)
    for (name, parameter) in changes {
      for isInPlace in [true, false] {
        if isInPlace { parameter.value += Tensor(0.5) } else { parameter.value = parameter.value * 1.5 }
        let expected = norm(layer(x)).value
        ComputeContext.$current.withValue(.current.keeping(prepared)) {
          for _ in 0..<3 { expectClose(model(x).value, expected, tolerance: 1e-5, name) }
        }
        #expect(before != expected, "\(name) changes the result")
        before = expected
        #expect(prepared.count <= 3 && prepared.sourceCount <= 8, "old weights go")
      }
    }
  }

  @Test func whatDoesNotFitStops() async throws {
    let channels = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomStream(seed: 1)
      _ = BatchNorm(4).folded(into: Conv2D(from: 3, to: 8, kernel: 3, random: &random))
    }
    #expect(
      String(decoding: try #require(channels).standardErrorContent, as: UTF8.self).contains(
        "BatchNorm.folded: the convolution has 8 outputs, but the normalization 4 channels"))
    let activation = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomStream(seed: 1)
      _ = BatchNorm(4).folded(into: TransposedConv2D(from: 3, to: 4, kernel: 3, activation: .relu, random: &random))
    }
    #expect(
      String(decoding: try #require(activation).standardErrorContent, as: UTF8.self).contains(
        "BatchNorm.folded: the convolution must have no activation before the normalization; it has relu"))
  }
}
