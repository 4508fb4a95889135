import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// Convolutions of which each channel is a group.
@Suite struct DepthwiseTests {
  private static func depthwise(
    _ channels: Int, batch: Int = 2, size: (Int, Int) = (9, 11), kernel: (Int, Int) = (3, 3),
    stride: (Int, Int) = (1, 1), padding: Padding = .same, dilation: (Int, Int) = (1, 1)
  ) -> ConvolutionCase {
    ConvolutionCase(
      batch: batch, size: size, channels: channels, outputs: channels, kernel: kernel, stride: stride,
      padding: padding, dilation: dilation, groups: channels)
  }

  /// Few channels and parts of registers, windows of every kind, and pictures smaller than a window.
  static let small: [ConvolutionCase] = {
    let uneven = Padding.explicit(top: 2, bottom: 0, left: 1, right: 3)
    var cases: [ConvolutionCase] = []
    for channels in [2, 3, 17, 40] {
      for kernel in [(1, 1), (2, 2), (3, 3), (5, 5), (4, 3), (1, 7), (9, 2)] {
        for stride in [(1, 1), (2, 2), (1, 3)] {
          for padding in [Padding.same, .explicit(5), uneven] {
            cases.append(depthwise(channels, size: (8, 7), kernel: kernel, stride: stride, padding: padding))
          }
        }
      }
      for dilation in [(2, 2), (3, 1), (1, 4)] {
        for stride in [(1, 1), (2, 2), (4, 3)] {
          for padding in [Padding.same, .valid, uneven] {
            cases.append(depthwise(channels, stride: stride, padding: padding, dilation: dilation))
          }
        }
      }
    }
    for size in [(1, 1), (1, 2), (2, 1), (3, 2)] {
      cases.append(depthwise(5, size: size, kernel: (5, 5)))
      cases.append(depthwise(5, size: size, kernel: (3, 3), stride: (4, 4)))
      cases.append(depthwise(33, size: size, kernel: (3, 3), padding: .explicit(4), dilation: (2, 2)))
    }
    return cases
  }()

  /// Several blocks of rows and of channels, and rows of many tiles and segments.
  static let large: [ConvolutionCase] = [
    depthwise(32, size: (40, 70)), depthwise(96, size: (24, 24), kernel: (5, 5), stride: (2, 2)),
    depthwise(144, batch: 3, size: (14, 14)), depthwise(301, size: (7, 8), kernel: (5, 5)),
    depthwise(960, batch: 1, size: (7, 7), dilation: (2, 2)), depthwise(6, batch: 1, size: (90, 101), kernel: (7, 7)),
    depthwise(17, batch: 1, size: (61, 200), stride: (2, 1)), depthwise(130, batch: 1, size: (33, 9), kernel: (3, 7)),
    depthwise(24, batch: 1, size: (57, 57), kernel: (3, 3), stride: (2, 2), padding: .explicit(1)),
  ]

  @Test(arguments: small + large)
  func forwardAndBothGradientsEqualPlainLoops(_ example: ConvolutionCase) {
    let data = Data(example)
    let (x, w, y) = (DoubleArray(data.input), DoubleArray(data.filter), DoubleArray(data.gradient))
    let found = data.results(.depthwise)
    let bias = DoubleArray(data.bias)
    expectClose(found.forward, example.oracle.forward(x, w, bias: bias), tolerance: 2e-6, "forward")
    let inputGradient = example.oracle.inputGradient(y, w)
    expectClose(found.inputGradient, inputGradient, tolerance: 2e-6, "input gradient")
    expectClose(
      found.transposed, inputGradient.combined(with: bias, +), tolerance: 2e-6, "transposed convolution")
    expectClose(found.filterGradient, example.oracle.filterGradient(x, y), tolerance: 5e-6, "filter gradient")
  }

  @Test(arguments: small.filter { $0.channels == 17 } + large)
  func theGradientsAreTheAdjoints(_ example: ConvolutionCase) {
    let (geometry, groups) = (example.geometry, example.groups)
    let (input, filter) = (Tensor.random(example.oracle.inputShape), Tensor.random(example.oracle.filterShape))
    expectAdjoint(
      { Convolution.forward($0, filter: filter, geometry: geometry, groups: groups) },
      { Convolution.inputGradient($0, filter: filter, geometry: geometry, groups: groups) }, from: input.shape,
      to: example.oracle.outputShape, "by the input")
    expectAdjoint(
      { Convolution.forward(input, filter: $0, geometry: geometry, groups: groups) },
      { Convolution.filterGradient(input, outputGradient: $0, geometry: geometry, groups: groups) }, from: filter.shape,
      to: example.oracle.outputShape, "by the filter")
  }

  @Test(arguments: small.filter { $0.channels == 40 } + large)
  func bitsDoNotDependOnTheNumberOfThreads(_ example: ConvolutionCase) {
    let data = Data(example)
    expectSameBits("\(example.testDescription)") { data.results(.depthwise).all }
  }

  @Test(arguments: large) func productsOfMatricesGiveTheSame(_ example: ConvolutionCase) {
    let data = Data(example)
    for (one, other) in zip(data.results(.depthwise).all, data.results(.gathered).all) {
      expectClose(one, other, tolerance: 5e-6)
    }
  }

  @Test(arguments: [
    Activation.relu, .leakyReLU(slope: 0.2), .relu6, .sigmoid, .hardSigmoid, .tanh, .gelu, .silu, .hardSwish,
  ])
  func aFusedActivationEqualsTheActivationOfTheResult(_ activation: Activation) {
    for example in [Self.depthwise(40), Self.depthwise(3, stride: (2, 2)), Self.depthwise(150, size: (4, 5))] {
      let data = Data(example)
      // Far enough apart to reach each piece of each activation.
      let (plain, fused) = (data.results(.depthwise, scale: 9), data.results(.depthwise, activation, scale: 9))
      // The end of a vector is computed as the rest of the C loop is: roundings may differ.
      expectClose(fused.forward, activation(plain.forward), tolerance: 1e-6, "forward")
      expectClose(fused.transposed, activation(plain.transposed), tolerance: 1e-6, "transposed")
    }
  }

  /// A pixel's result does not depend on where it lies in a tile of results, or on its neighbors.
  @Test func aPictureGivesTheSameBitsWithinALargerOne() {
    let channels = 40
    let input = Tensor.random([1, 20, 23, channels], seed: 1)
    let filter = Tensor.random([5, 5, 1, channels], seed: 2)
    func convolve(_ input: Tensor) -> Tensor {
      let geometry = WindowGeometry(
        "conv2D", input: Extent(height: input.shape[1], width: input.shape[2]), window: 5, padding: .valid)
      return Convolution.forward(input, filter: filter, geometry: geometry, groups: channels)
    }
    let part = convolve(input.sliced(3..<17, along: 1).sliced(6..<18, along: 2))
    #expect(part == convolve(input).sliced(3..<13, along: 1).sliced(6..<14, along: 2))
  }

  @Test func aNaNStaysWithinItsChannelAndWindow() {
    let (size, channels) = (7, 19)
    var input = Tensor.random([1, size, size, channels])
    input[0, 3, 2, 18] = .nan
    let geometry = WindowGeometry("conv2D", input: Extent(size), window: 3, padding: .same)
    let result = Convolution.forward(
      input, filter: .random([3, 3, 1, channels]), geometry: geometry, groups: channels, activation: .relu6)
    for (index, value) in zip(result.shape.indices, result.scalars) {
      let isSeen = (2...4).contains(index[1]) && (1...3).contains(index[2]) && index[3] == 18
      #expect(value.isNaN == isSeen, "\(index)")
    }
  }

  @Test func aBatchOfNothingGivesNothing() {
    let geometry = WindowGeometry("conv2D", input: 8, window: 3, padding: .same)
    let (input, filter) = (Tensor.zeros([0, 8, 8, 16]), Tensor.random([3, 3, 1, 16]))
    #expect(Convolution.forward(input, filter: filter, geometry: geometry, groups: 16).shape == input.shape)
    #expect(Convolution.inputGradient(input, filter: filter, geometry: geometry, groups: 16).shape == input.shape)
    let gradient = Convolution.filterGradient(input, outputGradient: input, geometry: geometry, groups: 16)
    #expect(gradient == .zeros(filter.shape))
  }

  @Test func theAlgorithmRefusesOtherGroups() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let geometry = WindowGeometry("conv2D", input: 8, window: 3, padding: .same)
      _ = Convolution.forward(
        .zeros([1, 8, 8, 4]), filter: .zeros([3, 3, 1, 8]), geometry: geometry, groups: 4, by: .depthwise)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("depthwise: expects a filter [height, width, 1, 4] for 4 groups; got [3, 3, 1, 8]"))
  }

  /// The operands of a case, and what an algorithm makes of them.
  private struct Data {
    let example: ConvolutionCase
    let input: Tensor
    let filter: Tensor
    let bias: Tensor
    let gradient: Tensor

    init(_ example: ConvolutionCase) {
      self.example = example
      input = .random(example.oracle.inputShape, seed: 1)
      filter = .random(example.oracle.filterShape, seed: 2)
      bias = .random([example.outputs], seed: 3)
      gradient = .random(example.oracle.outputShape, seed: 4)
    }

    /// The bias is added where there may be one.
    func results(
      _ algorithm: ConvolutionAlgorithm, _ activation: Activation = .identity, scale: Float = 1
    ) -> Results {
      let (geometry, groups, filter) = (example.geometry, example.groups, filter * scale)
      return Results(
        forward: Convolution.forward(
          input, filter: filter, bias: bias, geometry: geometry, groups: groups, activation: activation, by: algorithm),
        inputGradient: Convolution.inputGradient(
          gradient, filter: filter, geometry: geometry, groups: groups, by: algorithm),
        transposed: Convolution.inputGradient(
          gradient, filter: filter, bias: bias, geometry: geometry, groups: groups, activation: activation,
          by: algorithm),
        filterGradient: Convolution.filterGradient(
          input, outputGradient: gradient, geometry: geometry, groups: groups, by: algorithm))
    }
  }

  private struct Results {
    let forward: Tensor
    let inputGradient: Tensor
    let transposed: Tensor
    let filterGradient: Tensor

    var all: [Tensor] { [forward, inputGradient, transposed, filterGradient] }
  }
}
