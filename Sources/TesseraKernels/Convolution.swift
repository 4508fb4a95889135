import COpenBLAS
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
  /// The convolution of `input` `[batch, height, width, channels]`, with `bias` `[outputs]` and `activation` applied in
  /// the same pass.
  public static func forward(
    _ input: Tensor, filter: Tensor, bias: Tensor? = nil, geometry: WindowGeometry, groups: Int = 1,
    activation: Activation = .identity
  ) -> Tensor {
    if let used = UsedTaps(geometry), filter.shape.rank == 4 {
      return forward(
        input, filter: used.part(of: filter), bias: bias, geometry: used.geometry, groups: groups,
        activation: activation)
    }
    return forward(
      input, filter: filter, bias: bias, geometry: geometry, groups: groups, activation: activation,
      by: .cheapest(
        .forward, geometry, batch: input.shape[0], inputChannels: filter.shape[-2], outputChannels: filter.shape[-1],
        groups: groups, filtersAreKept: ComputeContext.current.prepared != nil))
  }

  /// `forward` by an algorithm that the caller chooses from its `candidates`.
  public static func forward(
    _ input: Tensor, filter: Tensor, bias: Tensor? = nil, geometry: WindowGeometry, groups: Int = 1,
    activation: Activation = .identity, by algorithm: ConvolutionAlgorithm
  ) -> Tensor {
    check("conv2D", input, filter, geometry.input, geometry, groups)
    checkBias("conv2D", bias, outputs: filter.shape[3])
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
    return Tensor(shape: shape) { result in
      withPointers(input, filter, bias) { source, weights, bias in
        GatheredProduct(
          gather: Gather(forward: geometry), batch: input.shape[0], groups: groups, source: source,
          sourceExtent: geometry.input, sourceChannels: input.shape[3],
          weights: TapWeights(
            start: weights, groupStep: outputs / groups, tapStep: filter.shape[2] * outputs, rowStep: outputs,
            isTransposed: false),
          result: result.baseAddress!, resultExtent: geometry.output, resultChannels: outputs, bias: bias,
          activation: activation
        ).run()
      }
    }
  }

  /// The gradient with respect to the input for an `outputGradient` `[batch, output height, output width, outputs]`.
  ///
  /// It is also the forward pass of a transposed convolution, whose filter is `[height, width, outputs, inputs]`;
  /// `bias` and `activation` are for that use.
  public static func inputGradient(
    _ outputGradient: Tensor, filter: Tensor, bias: Tensor? = nil, geometry: WindowGeometry, groups: Int = 1,
    activation: Activation = .identity
  ) -> Tensor {
    if let used = UsedTaps(geometry), filter.shape.rank == 4 {
      return inputGradient(
        outputGradient, filter: used.part(of: filter), bias: bias, geometry: used.geometry, groups: groups,
        activation: activation)
    }
    return inputGradient(
      outputGradient, filter: filter, bias: bias, geometry: geometry, groups: groups, activation: activation,
      by: .cheapest(
        .inputGradient, geometry, batch: outputGradient.shape[0], inputChannels: filter.shape[-2],
        outputChannels: filter.shape[-1], groups: groups, filtersAreKept: ComputeContext.current.prepared != nil))
  }

  /// `inputGradient` by an algorithm that the caller chooses from its `candidates`.
  public static func inputGradient(
    _ outputGradient: Tensor, filter: Tensor, bias: Tensor? = nil, geometry: WindowGeometry, groups: Int = 1,
    activation: Activation = .identity, by algorithm: ConvolutionAlgorithm
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
    return Tensor(shape: shape) { result in
      withPointers(outputGradient, filter, bias) { source, weights, bias in
        for gather in Gather.adjoint(geometry) {
          withTapWeights(weights, gather.taps, inner: inner, outputs: outputs, groups: groups) { weights in
            GatheredProduct(
              gather: gather, batch: outputGradient.shape[0], groups: groups, source: source,
              sourceExtent: geometry.output, sourceChannels: outputs, weights: weights,
              result: result.baseAddress!, resultExtent: geometry.input, resultChannels: channels, bias: bias,
              activation: activation
            ).run()
          }
        }
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

  /// The chosen taps' matrices `[inner, outputs / groups]` as the right side of the adjoint, which wants them transposed.
  ///
  /// Large matrices are used as stored, one product each: transposing megabytes of weights costs as much as multiplying
  /// them with the few pixels of a deep layer. Small ones are transposed, so that several taps form one product.
  private static func withTapWeights(
    _ filter: UnsafePointer<Float>, _ taps: [Gather.Tap], inner: Int, outputs: Int, groups: Int,
    _ body: (TapWeights) -> Void
  ) {
    let width = outputs / groups
    if width >= 512 {
      return body(
        TapWeights(start: filter, groupStep: width, tapStep: inner * outputs, rowStep: outputs, isTransposed: true))
    }
    withScratch(taps.count * inner * outputs) { transposed in
      parallelFor(groups * taps.count) { index in
        let (group, tap) = index.quotientAndRemainder(dividingBy: max(1, taps.count))
        cblas_somatcopy(
          CblasRowMajor, CblasTrans, blasint(inner), blasint(width), 1,
          filter + taps[tap].filterIndex * inner * outputs + group * width, blasint(outputs),
          transposed + index * inner * width, blasint(inner))
      }
      body(
        TapWeights(
          start: transposed, groupStep: taps.count * inner * width, tapStep: inner * width, rowStep: inner,
          isTransposed: false))
    }
  }
}
