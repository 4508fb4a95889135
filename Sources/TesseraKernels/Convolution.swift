import TesseraTensors

/// Two-dimensional convolution (cross-correlation, as in every deep-learning library) and its two gradients, on
/// channels-last pictures.
///
/// Each function chooses the cheapest of several algorithms by shape only (`ConvolutionAlgorithm`): im2col with
/// OpenBLAS products, Winograd's with fewer multiplications, or loops over vectors of channels where each is a group.
///
/// A filter is `[height, width, input channels / groups, output channels]`. All three functions are linear in each
/// tensor: `<forward(x, w), y> = <x, inputGradient(y, w)> = <w, filterGradient(x, y)>`.
public enum Convolution {
  /// The convolution of `input` `[batch, height, width, channels]`, with `bias` `[outputs]`, an `addend` of the result's
  /// shape and `activation` applied in the same pass.
  public static func forward(
    _ input: Tensor, filter: Tensor, bias: Tensor? = nil, adding addend: Tensor? = nil, geometry: WindowGeometry,
    groups: Int = 1, activation: Activation = .identity
  ) -> Tensor {
    forward(
      input, filter: filter, bias: bias, adding: addend, geometry: geometry, groups: groups, activation: activation,
      by: .cheapest(
        .forward, geometry, batch: input.shape[0], inputChannels: filter.shape[-2], outputChannels: filter.shape[-1],
        groups: groups, filtersAreKept: ComputeContext.current.prepared != nil))
  }

  /// `forward` by an algorithm that the caller chooses from its `candidates`.
  public static func forward(
    _ input: Tensor, filter: Tensor, bias: Tensor? = nil, adding addend: Tensor? = nil, geometry: WindowGeometry,
    groups: Int = 1, activation: Activation = .identity, by algorithm: ConvolutionAlgorithm
  ) -> Tensor {
    check("conv2D", input, filter, geometry.input, geometry, groups)
    checkBias("conv2D", bias, outputs: filter.shape[3])
    if let addend, algorithm != .gathered {
      let result = forward(input, filter: filter, bias: bias, geometry: geometry, groups: groups, by: algorithm)
      return finished(result, adding: addend, activation)
    }
    let outputs = filter.shape[3]
    if case .winograd(let tile) = algorithm {
      require(groups == 1, "Winograd: expects one group of channels; got \(groups)")
      if let phases = DilationPhases(geometry) {
        let result = forward(
          phases.split(input), filter: filter, bias: bias, geometry: phases.geometry, activation: activation,
          by: algorithm)
        return phases.join(result, to: geometry.output)
      }
      return winograd(
        input, filter, bias, Polyphase(geometry, filter), tile: tile, activation: activation, isAdjoint: false)
    }
    if algorithm == .depthwise {
      return depthwise(input, filter, bias, geometry, groups: groups, activation: activation, isAdjoint: false)
    }
    let shape: Shape = [input.shape[0], geometry.output.height, geometry.output.width, outputs]
    checkAddend("conv2D", addend, shape)
    return Tensor(shape: shape) { result in
      gathered(
        Gather(forward: geometry), input, filter, bias, adding: addend, from: geometry.input, to: geometry.output,
        groups: groups, activation: activation, isAdjoint: false, into: result.baseAddress!)
    }
  }

  /// The gradient with respect to the input for an `outputGradient` `[batch, output height, output width, outputs]`.
  ///
  /// It is also the forward pass of a transposed convolution, whose filter is `[height, width, outputs, inputs]`;
  /// `bias`, `addend` and `activation` are for that use.
  public static func inputGradient(
    _ outputGradient: Tensor, filter: Tensor, bias: Tensor? = nil, adding addend: Tensor? = nil,
    geometry: WindowGeometry, groups: Int = 1, activation: Activation = .identity
  ) -> Tensor {
    inputGradient(
      outputGradient, filter: filter, bias: bias, adding: addend, geometry: geometry, groups: groups,
      activation: activation,
      by: .cheapest(
        .inputGradient, geometry, batch: outputGradient.shape[0], inputChannels: filter.shape[-2],
        outputChannels: filter.shape[-1], groups: groups, filtersAreKept: ComputeContext.current.prepared != nil))
  }

  /// `inputGradient` by an algorithm that the caller chooses from its `candidates`.
  public static func inputGradient(
    _ outputGradient: Tensor, filter: Tensor, bias: Tensor? = nil, adding addend: Tensor? = nil,
    geometry: WindowGeometry, groups: Int = 1, activation: Activation = .identity, by algorithm: ConvolutionAlgorithm
  ) -> Tensor {
    let (inner, outputs) = (filter.shape[2], filter.shape[3])
    require(
      outputGradient.shape.rank == 4 && outputGradient.shape[3] == outputs
        && outputGradient.shape[1] == geometry.output.height && outputGradient.shape[2] == geometry.output.width,
      "conv2D adjoint: expects [batch, \(geometry.output.height), \(geometry.output.width), \(outputs)] for a filter "
        + "\(filter.shape); got \(outputGradient.shape)")
    require(
      filter.count > 0, "conv2D adjoint: the filter \(filter.shape) has no weights; input \(outputGradient.shape)")
    let channels = inner * groups
    checkBias("transposedConv2D", bias, outputs: channels)
    if let addend, algorithm != .gathered {
      let result = inputGradient(
        outputGradient, filter: filter, bias: bias, geometry: geometry, groups: groups, by: algorithm)
      return finished(result, adding: addend, activation)
    }
    if case .winograd(let tile) = algorithm {
      require(groups == 1, "Winograd: expects one group of channels; got \(groups)")
      if let phases = DilationPhases(geometry) {
        let result = inputGradient(
          phases.split(outputGradient), filter: filter, bias: bias, geometry: phases.geometry, activation: activation,
          by: algorithm)
        return phases.join(result, to: geometry.input)
      }
      return winograd(
        outputGradient, filter, bias, Polyphase(geometry, filter), tile: tile, activation: activation, isAdjoint: true)
    }
    if algorithm == .depthwise {
      return depthwise(outputGradient, filter, bias, geometry, groups: groups, activation: activation, isAdjoint: true)
    }
    let shape: Shape = [outputGradient.shape[0], geometry.input.height, geometry.input.width, channels]
    checkAddend("transposedConv2D", addend, shape)
    return Tensor(shape: shape) { result in
      for gather in Gather.adjoint(geometry) {
        gathered(
          gather, outputGradient, filter, bias, adding: addend, from: geometry.output, to: geometry.input,
          groups: groups, activation: activation, isAdjoint: true, into: result.baseAddress!)
      }
    }
  }

  package static func check(
    _ operation: String, _ input: Tensor, _ filter: Tensor, _ extent: Extent, _ geometry: WindowGeometry, _ groups: Int
  ) {
    require(
      filter.shape.rank == 4 && filter.shape[0] == geometry.window.height && filter.shape[1] == geometry.window.width,
      "\(operation): expects a filter [\(geometry.window.height), \(geometry.window.width), inputs, outputs]; "
        + "got \(filter.shape)")
    require(filter.count > 0, "\(operation): the filter \(filter.shape) has no weights; input \(input.shape)")
    require(
      input.shape.rank == 4 && input.shape[1] == extent.height && input.shape[2] == extent.width,
      "\(operation): expects an input [batch, \(extent.height), \(extent.width), channels]; got \(input.shape)")
    require(
      input.shape[3] == filter.shape[2] * groups,
      "\(operation): the input has \(input.shape[3]) channels, but the filter \(filter.shape) expects "
        + "\(filter.shape[2] * groups)\(groups == 1 ? "" : " in \(groups) groups"); input \(input.shape)")
    require(
      groups > 0 && filter.shape[3] % groups == 0,
      "\(operation): \(filter.shape[3]) outputs cannot be split into \(groups) groups")
  }

  package static func checkBias(_ operation: String, _ bias: Tensor?, outputs: Int) {
    require(
      bias == nil || bias?.shape == [outputs],
      "\(operation): expects a bias [\(outputs)]; got \(bias.map { "\($0.shape)" } ?? "none")")
  }

  private static func checkAddend(_ operation: String, _ addend: Tensor?, _ shape: Shape) {
    require(
      addend == nil || addend?.shape == shape,
      "\(operation): what is added must be \(shape); got \(addend.map { "\($0.shape)" } ?? "none")")
  }

  /// The sum and its activation, in one pass.
  private static func finished(_ result: consuming Tensor, adding addend: Tensor, _ activation: Activation) -> Tensor {
    checkAddend("convolution", addend, result.shape)
    addend.withUnsafeBufferPointer { addend in
      result.updateBlocks { source, target, range in
        kernels.add.vv(source, addend.baseAddress! + range.lowerBound, target, range.count)
        if activation != .identity {
          kernels.activate(target, target, range.count, activation.kind, activation.slope)
        }
      }
    }
    return result
  }

  static func withPointers(
    _ source: Tensor, _ filter: Tensor, _ bias: Tensor?,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>?) -> Void
  ) {
    source.withUnsafeBufferPointer { source in
      filter.withUnsafeBufferPointer { filter in
        guard let bias else { return body(source.baseAddress!, filter.baseAddress!, nil) }
        bias.withUnsafeBufferPointer { body(source.baseAddress!, filter.baseAddress!, $0.baseAddress!) }
      }
    }
  }

  /// The results that lie on the grid of `gather`.
  private static func gathered(
    _ gather: Gather, _ source: Tensor, _ filter: Tensor, _ bias: Tensor?, adding addend: Tensor?,
    from sourceExtent: Extent, to resultExtent: Extent, groups: Int, activation: Activation, isAdjoint: Bool,
    into result: UnsafeMutablePointer<Float>
  ) {
    let taps = PackedTaps(
      taps: gather.taps.map(\.filterIndex), filterChannels: filter.shape[2], filterOutputs: filter.shape[3],
      groups: groups, isAdjoint: isAdjoint)
    let batch = source.shape[0]
    taps.withPanels(of: filter, pixels: batch * gather.grid.area) { panels in
      withPointers(source, addend ?? source, bias) { source, added, bias in
        GatheredProduct(
          gather: gather, batch: batch, source: source, sourceExtent: sourceExtent, weights: taps, panels: panels,
          result: result, resultExtent: resultExtent, bias: bias, addend: addend == nil ? nil : added,
          activation: activation
        ).run()
      }
    }
  }
}
