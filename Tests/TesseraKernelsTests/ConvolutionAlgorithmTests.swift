import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// Which algorithm a convolution takes.
@Suite struct ConvolutionAlgorithmTests {
  /// A convolution of a network, with the channels of its filter `[height, width, inputs, outputs]`.
  struct Layer: Sendable, CustomTestStringConvertible {
    let geometry: WindowGeometry
    let inputs: Int
    let outputs: Int

    var testDescription: String {
      "\(geometry.input) x \(inputs) to \(geometry.output) x \(outputs), window \(geometry.window)"
    }

    static func convolution(_ size: Int, _ inputs: Int, _ outputs: Int, window: Int = 3) -> Layer {
      Layer(
        geometry: WindowGeometry("conv2D", input: Extent(size), window: Extent(window), padding: .same),
        inputs: inputs, outputs: outputs)
    }

    /// A transposed convolution from pictures of `size`: the adjoint of one that goes the other way.
    static func transposed(_ size: Int, _ inputs: Int, _ outputs: Int, window: Int, stride: Int) -> Layer {
      Layer(
        geometry: WindowGeometry(
          transposing: Extent(size), window: Extent(window), stride: Extent(stride), cropping: .same),
        inputs: outputs, outputs: inputs)
    }

    /// The convolutions of U-Net and of FCNN with 151 outputs on pictures of 128 x 128.
    static let networks: [Layer] = [
      .convolution(128, 3, 64), .convolution(128, 64, 64), .convolution(64, 64, 128), .convolution(64, 128, 128),
      .convolution(32, 128, 256), .convolution(32, 256, 256), .convolution(16, 256, 512), .convolution(16, 512, 512),
      .convolution(8, 512, 1024), .convolution(8, 1024, 1024), .transposed(8, 1024, 512, window: 3, stride: 2),
      .convolution(16, 1024, 512), .transposed(16, 512, 256, window: 3, stride: 2), .convolution(32, 512, 256),
      .transposed(32, 256, 128, window: 3, stride: 2), .convolution(64, 256, 128),
      .transposed(64, 128, 64, window: 3, stride: 2), .convolution(128, 128, 64), .convolution(128, 64, 151, window: 1),
      .convolution(8, 512, 512), .convolution(8, 512, 151, window: 1), .convolution(16, 256, 151, window: 1),
      .transposed(4, 512, 151, window: 4, stride: 2), .transposed(8, 151, 151, window: 4, stride: 2),
      .transposed(16, 151, 151, window: 16, stride: 8),
    ]
  }

  private func choice(
    _ pass: ConvolutionAlgorithm.Pass, _ geometry: WindowGeometry, batch: Int = 5, inputs: Int = 128,
    outputs: Int = 128, groups: Int = 1
  ) -> ConvolutionAlgorithm {
    .cheapest(
      pass, geometry, batch: batch, inputChannels: inputs, outputChannels: outputs, groups: groups)
  }

  @Test(arguments: Layer.networks)
  func layersWithAClearGainTakeWinograd(_ layer: Layer) {
    let (window, stride) = (layer.geometry.window, layer.geometry.stride)
    let isWide = min(layer.inputs, layer.outputs) >= 64
    let gains = isWide && (window == 3 && stride == 1 && layer.geometry.input.height >= 16 || window == 16)
    let cannot = !isWide || window == 1
    for pass in ConvolutionAlgorithm.Pass.allCases {
      let taken = choice(pass, layer.geometry, inputs: layer.inputs, outputs: layer.outputs)
      if gains { #expect(taken != .gathered, "\(pass)") }
      if cannot { #expect(taken == .gathered, "\(pass)") }
    }
  }

  @Test(arguments: Layer.networks)
  func theChoiceFollowsFromTheShapeAlone(_ layer: Layer) {
    for pass in ConvolutionAlgorithm.Pass.allCases {
      let choices = [1, 2, 64].map { threads in
        ComputeContext.$current.withValue(ComputeContext(threads: threads, pool: BufferPool())) {
          choice(pass, layer.geometry, inputs: layer.inputs, outputs: layer.outputs)
        }
      }
      #expect(Set(choices).count == 1, "\(pass)")
    }
  }

  /// The rounding errors of the largest tiles pass 1e-5 when a thousand channels are summed.
  @Test func sumsOverManyChannelsTakeNoLargeTiles() {
    let geometry = WindowGeometry("conv2D", input: 64, window: 3, padding: .same)
    let large = ConvolutionAlgorithm.winograd(tile: 6)
    #expect(choice(.forward, geometry, inputs: 1024, outputs: 512) == .winograd(tile: 4))
    #expect(choice(.inputGradient, geometry, inputs: 1024, outputs: 512) == large)
    #expect(choice(.inputGradient, geometry, inputs: 512, outputs: 1024) == .winograd(tile: 4))
    #expect(choice(.forward, geometry, inputs: 512, outputs: 1024) == large)
  }

  @Test(arguments: [1, 5, 64], [9, 32, 128])
  func whereWinogradDoesNotApplyItIsNotTaken(batch: Int, size: Int) {
    func geometry(_ window: Extent, stride: Extent = 1, dilation: Extent = 1) -> WindowGeometry {
      WindowGeometry(
        "conv2D", input: Extent(size), window: window, stride: stride, dilation: dilation, padding: .same)
    }
    let others = [
      geometry(1), geometry(1, stride: 2), geometry(4), geometry(5), geometry(7, stride: 2),
      geometry(3, stride: 2, dilation: 2), geometry(5, dilation: 2),
      geometry(Extent(height: 3, width: 2)), geometry(Extent(height: 1, width: 3)),
      geometry(3, stride: Extent(height: 1, width: 2)),
    ]
    for pass in ConvolutionAlgorithm.Pass.allCases {
      for other in others {
        #expect(choice(pass, other, batch: batch) == .gathered, "\(pass): \(other)")
      }
      for groups in [2, 4, 64] {
        #expect(
          choice(pass, geometry(3), batch: batch, inputs: 128 / groups, groups: groups) == .gathered,
          "\(pass): \(groups) groups")
      }
      for (inputs, outputs) in [(3, 64), (1, 512), (64, 3)] {
        #expect(
          choice(pass, geometry(3), batch: batch, inputs: inputs, outputs: outputs) == .gathered,
          "\(pass): \(inputs) to \(outputs) channels")
      }
    }
  }

  /// Those of networks whose last stages are dilated.
  @Test(arguments: [(32, 2, 256), (32, 4, 512), (64, 2, 128)])
  func dilatedLayersTakeWinogradOnTheirPhases(size: Int, dilation: Int, channels: Int) {
    let geometry = WindowGeometry(
      "conv2D", input: Extent(size), window: 3, dilation: Extent(dilation), padding: .same)
    for pass in ConvolutionAlgorithm.Pass.allCases {
      #expect(choice(pass, geometry, inputs: channels, outputs: channels) != .gathered, "\(pass)")
    }
  }

  /// As with PyTorch's `output_padding`, which may be as large as the dilation.
  @Test func pixelsThatNoDilatedWindowReachesAreLeftToProducts() {
    let geometry = WindowGeometry(
      transposing: 8, window: 3, stride: 1, dilation: 2, cropping: .explicit(top: 2, bottom: -1, left: 2, right: -1))
    #expect(geometry.input == 11)
    for pass in ConvolutionAlgorithm.Pass.allCases {
      #expect(choice(pass, geometry, inputs: 64, outputs: 64) == .gathered, "\(pass)")
    }
    let (gradient, filter) = (Tensor.random([1, 8, 8, 16], seed: 1), Tensor.random([3, 3, 8, 16], seed: 2))
    let enlarged = Convolution.inputGradient(gradient, filter: filter, geometry: geometry)
    // Beyond the last window's last tap, at pixel 7 + 4 - 2, nothing arrives.
    let last = enlarged.sliced(10..<11, along: 1)
    #expect(enlarged.shape == [1, 11, 11, 8] && last == .zeros([1, 1, 11, 8]))
    #expect(enlarged.sliced(9..<10, along: 1) != .zeros([1, 1, 11, 8]))
  }

  @Test(arguments: [(3, 1), (3, 2), (5, 1), (7, 4)])
  func whereEachChannelIsAGroupNoMatricesAreMultiplied(window: Int, stride: Int) {
    let geometry = WindowGeometry(
      "conv2D", input: 56, window: Extent(window), stride: Extent(stride), padding: .same)
    for pass in ConvolutionAlgorithm.Pass.allCases {
      for channels in [2, 3, 96] {
        #expect(choice(pass, geometry, inputs: 1, outputs: channels, groups: channels) == .depthwise)
      }
      #expect(choice(pass, geometry, inputs: 1, outputs: 96, groups: 48) == .gathered, "two results for each channel")
      #expect(choice(pass, geometry, inputs: 1, outputs: 1) == .gathered, "a single channel")
    }
  }

  @Test(arguments: [
    ConvolutionCase(batch: 2, size: (24, 20), channels: 64, outputs: 64),
    ConvolutionCase(batch: 1, size: (40, 48), channels: 40, outputs: 40, kernel: (16, 16), stride: (8, 8)),
    ConvolutionCase(batch: 2, size: (9, 9), channels: 3, outputs: 64),
    ConvolutionCase(batch: 1, size: (20, 20), channels: 64, outputs: 64, groups: 2),
    ConvolutionCase(batch: 1, size: (20, 20), channels: 64, outputs: 64, groups: 64),
  ])
  func thePublicFunctionsTakeTheChoice(_ example: ConvolutionCase) {
    let (oracle, geometry, groups) = (example.oracle, example.geometry, example.groups)
    let input = Tensor.random(oracle.inputShape, seed: 1)
    let filter = Tensor.random(oracle.filterShape, seed: 2)
    let gradient = Tensor.random(oracle.outputShape, seed: 3)
    func algorithm(_ pass: ConvolutionAlgorithm.Pass) -> ConvolutionAlgorithm {
      choice(
        pass, geometry, batch: example.batch, inputs: example.channels / groups, outputs: example.outputs,
        groups: groups)
    }
    #expect(
      Convolution.forward(input, filter: filter, geometry: geometry, groups: groups)
        == Convolution.forward(input, filter: filter, geometry: geometry, groups: groups, by: algorithm(.forward)))
    #expect(
      Convolution.inputGradient(gradient, filter: filter, geometry: geometry, groups: groups)
        == Convolution.inputGradient(
          gradient, filter: filter, geometry: geometry, groups: groups, by: algorithm(.inputGradient)))
    #expect(
      Convolution.filterGradient(input, outputGradient: gradient, geometry: geometry, groups: groups)
        == Convolution.filterGradient(
          input, outputGradient: gradient, geometry: geometry, groups: groups, by: algorithm(.filterGradient)))
  }

  @Test func aBatchOfNothingGivesNothing() {
    let geometry = WindowGeometry("conv2D", input: 16, window: 3, padding: .same)
    let (input, filter) = (Tensor.zeros([0, 16, 16, 64]), Tensor.random([3, 3, 64, 64]))
    #expect(Convolution.forward(input, filter: filter, geometry: geometry).shape == input.shape)
    #expect(Convolution.inputGradient(input, filter: filter, geometry: geometry).shape == input.shape)
    let gradient = Convolution.filterGradient(input, outputGradient: input, geometry: geometry)
    #expect(gradient == .zeros(filter.shape))
  }
}
