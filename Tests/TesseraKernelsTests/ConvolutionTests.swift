import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  @Test(arguments: ConvolutionCase.small + ConvolutionCase.large)
  func forwardAndBothGradientsEqualPlainLoops(_ example: ConvolutionCase) {
    let (oracle, geometry) = (example.oracle, example.geometry)
    let input = Tensor.random(oracle.inputShape, seed: 1)
    let filter = Tensor.random(oracle.filterShape, seed: 2)
    let bias = Tensor.random([example.outputs], seed: 3)
    let gradient = Tensor.random(oracle.outputShape, seed: 4)
    let (x, w, y) = (DoubleArray(input), DoubleArray(filter), DoubleArray(gradient))
    // What the pool hands out again is full of NaN: nothing may be added to memory that was never set.
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
      for poison in [true, false] {
        let source = poison ? Tensor(repeating: .nan, shape: input.shape) : input
        let upper = poison ? Tensor(repeating: .nan, shape: gradient.shape) : gradient
        let forward = Convolution.forward(
          source, filter: filter, bias: bias, geometry: geometry, groups: example.groups)
        let inputGradient = Convolution.inputGradient(
          upper, filter: filter, geometry: geometry, groups: example.groups)
        let filterGradient = Convolution.filterGradient(
          source, outputGradient: upper, geometry: geometry, groups: example.groups)
        if poison { continue }
        expectClose(forward, oracle.forward(x, w, bias: DoubleArray(bias)), "forward")
        expectClose(inputGradient, oracle.inputGradient(y, w), "input gradient")
        expectClose(filterGradient, oracle.filterGradient(x, y), "filter gradient")
      }
    }
  }

  @Test(arguments: [Activation.relu, .leakyReLU(slope: 0.2), .relu6, .sigmoid, .hardSigmoid, .tanh])
  func aFusedActivationEqualsTheActivationOfTheResult(_ activation: Activation) {
    for example in [ConvolutionCase(size: (25, 30)), ConvolutionCase(groups: 2), ConvolutionCase(kernel: (1, 1))] {
      let input = Tensor.random(example.oracle.inputShape, seed: 1)
      let filter = Tensor.random(example.oracle.filterShape, seed: 2)
      for bias in [nil, Tensor.random([4], seed: 3)] {
        func result(_ activation: Activation) -> Tensor {
          Convolution.forward(
            input, filter: filter, bias: bias, geometry: example.geometry, groups: example.groups,
            activation: activation)
        }
        #expect(result(activation) == activation(result(.identity)))
      }
    }
  }

  @Test(arguments: ConvolutionCase.large)
  func bitsDoNotDependOnTheNumberOfThreads(_ example: ConvolutionCase) {
    let oracle = example.oracle
    let input = Tensor.random(oracle.inputShape, seed: 1)
    let filter = Tensor.random(oracle.filterShape, seed: 2)
    let gradient = Tensor.random(oracle.outputShape, seed: 4)
    let geometry = example.geometry
    expectSameBits("\(example.testDescription)") {
      [
        Convolution.forward(input, filter: filter, geometry: geometry, groups: example.groups),
        Convolution.inputGradient(gradient, filter: filter, geometry: geometry, groups: example.groups),
        Convolution.filterGradient(input, outputGradient: gradient, geometry: geometry, groups: example.groups),
      ]
    }
  }

  @Test func aWindowThatDoesNotFitStopsWithItsMeasures() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = WindowGeometry("conv2D", input: Extent(height: 2, width: 9), window: 3, padding: .valid)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("conv2D: a window of 3 x 3, dilation 1 x 1, does not fit into a picture of 2 x 9"))
  }

  @Test func otherChannelsThanTheFilterExpectsStopWithBothShapes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let geometry = WindowGeometry("conv2D", input: 8, window: 3, padding: .same)
      _ = Convolution.forward(.zeros([1, 8, 8, 3]), filter: .zeros([3, 3, 4, 16]), geometry: geometry)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(
      text.contains("conv2D: the input has 3 channels, but the filter [3, 3, 4, 16] expects 4; input [1, 8, 8, 3]"))
  }
}
