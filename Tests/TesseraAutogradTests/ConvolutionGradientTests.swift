import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct ConvolutionGradientTests {
  struct Case: Sendable {
    var stride = (1, 1)
    var dilation = (1, 1)
    var groups = 1
    var kernel = (3, 3)
    var activation = Activation.identity
  }

  static let cases = [
    Case(), Case(stride: (2, 2)), Case(stride: (2, 1), kernel: (2, 3)), Case(dilation: (2, 1)), Case(groups: 2),
    Case(stride: (3, 3), kernel: (2, 2)), Case(kernel: (1, 1)), Case(stride: (2, 2), groups: 4, kernel: (4, 4)),
    Case(activation: .leakyReLU(slope: 0.3)), Case(activation: .sigmoid), Case(activation: .gelu),
    Case(stride: (2, 2), activation: .tanh), Case(groups: 4, activation: .relu6),
    Case(stride: (2, 2), groups: 4, activation: .hardSwish),
    Case(dilation: (1, 2), groups: 4, activation: .hardSigmoid),
    Case(stride: (2, 1), groups: 4, kernel: (5, 5), activation: .silu), Case(activation: .silu),
  ]

  @Test(arguments: cases)
  func convolutionWithBiasAndActivation(_ example: Case) {
    func axis(_ size: Int, _ window: Int, _ stride: Int, _ dilation: Int) -> Oracle.Axis {
      Oracle.Axis(size: size, window: window, stride: stride, dilation: dilation, padding: nil)
    }
    let oracle = Oracle.Convolution(
      Oracle.Windows(
        rows: axis(4, example.kernel.0, example.stride.0, example.dilation.0),
        columns: axis(5, example.kernel.1, example.stride.1, example.dilation.1)),
      batch: 2, channels: 4, outputs: 4, groups: example.groups)
    expectGradients(
      of: {
        conv2D(
          $0[0], filter: $0[1], bias: $0[2], stride: Extent(example.stride), dilation: Extent(example.dilation),
          groups: example.groups, activation: example.activation)
      },
      match: { oracle.forward($0[0], $0[1], bias: $0[2]).map(example.activation.definition) },
      at: [.random(oracle.inputShape, seed: 1), .random(oracle.filterShape, seed: 2), .random([4], seed: 3)])
  }

  @Test(arguments: [(1, 3, 1), (3, 3, 1), (3, 16, 16), (2, 3, 1)], [Extent(1), 2])
  func whatIsKnownOfTheInputsGradientIsAdded(_ layer: (window: Int, channels: Int, groups: Int), _ stride: Extent) {
    let (window, channels, groups) = layer
    let x = Tensor.random([2, 9, 8, channels], seed: 1)
    let filter = Tensor.random([window, window, channels / groups, 16], seed: 2)
    let transposed = Tensor.random([window, window, 16 / groups, channels], seed: 2)
    for isTransposed in [false, true] {
      /// The gradient by the input of what the layer gives alone, or together with another use of the input.
      func gradient(_ other: Tensor?) -> Tensor? {
        let tape = Tape()
        let input = tape.variable(x)
        let output =
          isTransposed
          ? transposedConv2D(input, filter: Variable(transposed), stride: stride, groups: groups)
          : conv2D(input, filter: Variable(filter), stride: stride, groups: groups)
        let loss = (output * Variable(.random(output.shape, seed: 3))).sum()
        return tape.gradients(of: other.map { loss + (input * Variable($0)).sum() } ?? loss)[input]
      }
      let known = Tensor.random(x.shape, seed: 4)
      #expect(gradient(known) == gradient(nil).map { known + $0 }, "\(isTransposed)")
    }
  }

  static let croppings: [(cropping: Cropping, cut: @Sendable (_ reach: Int, _ stride: Int) -> (Int, Int))] = [
    // The definitions once more: "same" leaves stride times the size, the odd pixel is cut at the end.
    (.same, { reach, stride in (max(reach - stride, 0) / 2, reach - stride - max(reach - stride, 0) / 2) }),
    (.valid, { reach, stride in (0, min(reach - stride, 0)) }),
    (.explicit(top: 1, bottom: 0, left: 1, right: 0), { _, _ in (1, 0) }),
    (.explicit(top: 0, bottom: -1, left: 0, right: -1), { _, _ in (0, -1) }),
  ]

  @Test(arguments: cases, croppings.indices)
  func transposedConvolutionWithBiasAndActivation(_ example: Case, _ number: Int) {
    // Cutting a pixel off both ends needs a result of some size.
    let (cropping, cut) = Self.croppings[number]
    let rows = cut((example.kernel.0 - 1) * example.dilation.0 + 1, example.stride.0)
    let columns = cut((example.kernel.1 - 1) * example.dilation.1 + 1, example.stride.1)
    expectGradients(
      of: {
        transposedConv2D(
          $0[0], filter: $0[1], bias: $0[2], stride: Extent(example.stride), cropping: cropping,
          dilation: Extent(example.dilation), groups: example.groups, activation: example.activation)
      },
      match: {
        Oracle.transposedConvolution(
          $0[0], $0[1], bias: $0[2], stride: example.stride, dilation: example.dilation, groups: example.groups,
          cut: (rows.0, rows.1, columns.0, columns.1)
        ).map(example.activation.definition)
      },
      at: [
        .random([2, 3, 2, 4], seed: 1), .random([example.kernel.0, example.kernel.1, 4 / example.groups, 4], seed: 2),
        .random([4], seed: 3),
      ])
  }

  @Test func keras16By8UpsamplingIsSame() {
    let (input, filter) = (Tensor.random([1, 3, 2, 3], seed: 1), Tensor.random([16, 16, 2, 3], seed: 2))
    let result = transposedConv2D(Variable(input), filter: Variable(filter), stride: 8).value
    expectClose(
      result,
      Oracle.transposedConvolution(DoubleArray(input), DoubleArray(filter), stride: (8, 8), cut: (4, 4, 4, 4)))
    #expect(result.shape == [1, 24, 16, 2])
  }

  @Test func largeTransposedConvolutionsCrossBlockBorders() {
    // More than 512 pixels a phase, more than 1152 gathered columns, several pieces of outputs.
    for (shape, filter): (Shape, Shape) in [([2, 19, 21, 3], [3, 3, 5, 3]), ([1, 3, 4, 700], [4, 4, 150, 700])] {
      let (input, weights) = (Tensor.random(shape, seed: 1), Tensor.random(filter, seed: 2))
      let rows = filter[0] - 2
      expectClose(
        transposedConv2D(Variable(input), filter: Variable(weights), stride: 2).value,
        Oracle.transposedConvolution(
          DoubleArray(input), DoubleArray(weights), stride: (2, 2),
          cut: (rows / 2, rows - rows / 2, rows / 2, rows - rows / 2)))
      expectSameBits { [transposedConv2D(Variable(input), filter: Variable(weights), stride: 2).value] }
    }
  }

  @Test func aFilterForOtherChannelsStopsWithBothShapes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = transposedConv2D(Variable(.zeros([1, 4, 4, 3])), filter: Variable(.zeros([3, 3, 8, 5])), stride: 2)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(
      text.contains(
        "transposedConv2D: the input has 3 channels, but the filter [3, 3, 8, 5] expects 5; input [1, 4, 4, 3]"
      ))
  }
}

extension Extent {
  init(_ pair: (Int, Int)) { self.init(height: pair.0, width: pair.1) }
}
