import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// Whole convolutions by Winograd's algorithms.
@Suite struct WinogradConvolutionTests {
  @Test(arguments: WinogradCase.small + WinogradCase.large)
  func forwardAndBothGradientsEqualPlainLoops(_ example: WinogradCase) {
    let (oracle, geometry) = (example.convolution.oracle, example.convolution.geometry)
    let data = example.data
    func results(_ data: WinogradCase.Data, by algorithm: ConvolutionAlgorithm) -> [Tensor] {
      [
        Convolution.forward(data.input, filter: data.filter, bias: data.bias, geometry: geometry, by: algorithm),
        Convolution.inputGradient(
          data.gradient, filter: data.filter, bias: data.inputBias, geometry: geometry, by: algorithm),
        Convolution.filterGradient(
          data.input, outputGradient: data.gradient, geometry: geometry, by: algorithm),
      ]
    }
    // What the pool hands out again is full of NaN: nothing may be added to memory that was never set.
    let actual = ComputeContext.$current.withValue(ComputeContext(pool: BufferPool())) {
      _ = results(data.poisoned, by: example.algorithm)
      return results(data, by: example.algorithm)
    }
    let gathered = results(data, by: .gathered)
    let (x, w, y) = (DoubleArray(data.input), DoubleArray(data.filter), DoubleArray(data.gradient))
    let (bias, inputBias) = (DoubleArray(data.bias), DoubleArray(data.inputBias))
    let passes: [(name: String, terms: Int, element: (Int) -> Double)] = [
      ("forward", geometry.window.area * example.convolution.channels, { oracle.forward(x, w, bias: bias, at: $0) }),
      (
        "input gradient", geometry.window.area * example.convolution.outputs,
        { oracle.inputGradient(y, w, bias: inputBias, at: $0) }
      ),
      (
        "filter gradient", example.convolution.batch * geometry.output.area,
        { oracle.filterGradient(x, y, at: $0) }
      ),
    ]
    for (index, pass) in passes.enumerated() {
      expectClose(actual[index], gathered[index], tolerance: 5e-5, "\(pass.name), to products of gathered pixels")
      expectSmallError(actual[index], terms: pass.terms, pass.name, pass.element)
    }
  }

  /// Records an issue unless the relative error of elements, all or some at random, is at most 1e-5 in the L2 norm.
  private func expectSmallError(_ actual: Tensor, terms: Int, _ what: String, _ element: (Int) -> Double) {
    let scalars = actual.scalars
    let affordable = max(200, 400_000 / terms)
    var random = RandomStream(seed: 7)
    var (error, norm) = (0.0, 0.0)
    for number in 0..<min(scalars.count, affordable) {
      let index = scalars.count <= affordable ? number : random.index(below: scalars.count)
      let expected = element(index)
      let difference = Double(scalars[index]) - expected
      error += difference * difference
      norm += expected * expected
    }
    let relative = norm == 0 ? error : (error / norm).squareRoot()
    #expect(relative <= 1e-5, "\(what)")
  }

  @Test(arguments: WinogradCase.small)
  func theGradientsAreTheAdjoints(_ example: WinogradCase) {
    let (oracle, geometry) = (example.convolution.oracle, example.convolution.geometry)
    let data = example.data
    expectAdjoint(
      { Convolution.forward($0, filter: data.filter, geometry: geometry, by: example.algorithm) },
      { Convolution.inputGradient($0, filter: data.filter, geometry: geometry, by: example.algorithm) },
      from: oracle.inputShape, to: oracle.outputShape, "by the input")
    expectAdjoint(
      { Convolution.forward(data.input, filter: $0, geometry: geometry, by: example.algorithm) },
      { Convolution.filterGradient(data.input, outputGradient: $0, geometry: geometry, by: example.algorithm) },
      from: oracle.filterShape, to: oracle.outputShape, "by the filter")
  }

  /// Kernel, stride and tile.
  @Test(arguments: [(3, 1, 4), (3, 2, 3), (4, 2, 4), (5, 2, 6), (5, 3, 4), (16, 8, 3)])
  func theInputGradientIsTheTransposedConvolution(kernel: Int, stride: Int, tile: Int) {
    let small = Extent(height: 5, width: 6)
    // Negative: rows and columns that no window reaches, which get the bias alone.
    for cut in [(0, 0, 0, 0), (1, 1, 0, 2), (0, -stride - 1, 1, -1)] {
      let geometry = WindowGeometry(
        transposing: small, window: Extent(kernel), stride: Extent(stride),
        cropping: .explicit(top: cut.0, bottom: cut.1, left: cut.2, right: cut.3))
      let input = Tensor.random([2, small.height, small.width, 19], seed: 1)
      let filter = Tensor.random([kernel, kernel, 9, 19], seed: 2)
      let bias = Tensor.random([9], seed: 3)
      expectClose(
        Convolution.inputGradient(input, filter: filter, bias: bias, geometry: geometry, by: .winograd(tile: tile)),
        Oracle.transposedConvolution(
          DoubleArray(input), DoubleArray(filter), bias: DoubleArray(bias), stride: (stride, stride),
          cut: (top: cut.0, bottom: cut.1, left: cut.2, right: cut.3)),
        "cut \(cut)")
    }
  }

  @Test(arguments: [Activation.relu, .leakyReLU(slope: 0.2), .sigmoid, .tanh, .gelu])
  func aFusedActivationEqualsTheActivationOfTheResult(_ activation: Activation) {
    let examples = [
      WinogradCase(convolution: ConvolutionCase(size: (13, 10), channels: 8, outputs: 33), tile: 4),
      WinogradCase(convolution: ConvolutionCase(size: (3, 5), channels: 31, outputs: 8), tile: 6),
      WinogradCase(
        convolution: ConvolutionCase(size: (12, 17), channels: 9, outputs: 40, kernel: (4, 4), stride: (2, 2)), tile: 3),
    ]
    for example in examples {
      let data = example.data
      let geometry = example.convolution.geometry
      for hasBias in [false, true] {
        func results(_ activation: Activation) -> [Tensor] {
          [
            Convolution.forward(
              data.input, filter: data.filter, bias: hasBias ? data.bias : nil, geometry: geometry,
              activation: activation, by: example.algorithm),
            Convolution.inputGradient(
              data.gradient, filter: data.filter, bias: hasBias ? data.inputBias : nil, geometry: geometry,
              activation: activation, by: example.algorithm),
          ]
        }
        #expect(results(activation) == results(.identity).map { activation($0) })
      }
    }
  }

  @Test(arguments: WinogradCase.large)
  func bitsDoNotDependOnTheNumberOfThreads(_ example: WinogradCase) {
    let data = example.data
    let geometry = example.convolution.geometry
    expectSameBits(example.testDescription) {
      [
        Convolution.forward(data.input, filter: data.filter, geometry: geometry, by: example.algorithm),
        Convolution.inputGradient(data.gradient, filter: data.filter, geometry: geometry, by: example.algorithm),
        Convolution.filterGradient(
          data.input, outputGradient: data.gradient, geometry: geometry, by: example.algorithm),
      ]
    }
  }
}

extension WinogradCase.Data {
  /// The same shapes full of NaN.
  fileprivate var poisoned: Self {
    func poison(_ tensor: Tensor) -> Tensor { Tensor(repeating: .nan, shape: tensor.shape) }
    return Self(
      input: poison(input), filter: poison(filter), bias: poison(bias), inputBias: poison(inputBias),
      gradient: poison(gradient))
  }
}
