import TesseraTensors

/// Two-dimensional convolution (cross-correlation, as in every deep-learning library) and its two gradients, on
/// channels-last pictures.
///
/// Each function chooses the cheapest of several algorithms by shape only (`ConvolutionAlgorithm`): products of pixels
/// and packed weights, Winograd's with fewer multiplications, or loops over vectors of channels where each is a group.
///
/// A filter is `[height, width, input channels / groups, output channels]`. All three functions are linear in each
/// tensor: `<forward(x, w), y> = <x, inputGradient(y, w)> = <w, filterGradient(x, y)>`.
public enum Convolution {
  /// The convolution of `input` `[batch, height, width, channels]`, with `bias` `[outputs]`, an `addend` of the
  /// result's shape and `activation` applied in the same pass.
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
    return ConvolutionMethod(algorithm, geometry, filter: filter.shape, batch: input.shape[0], groups: groups)(
      input, filter, bias, adding: addend, activation)
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
    checkBias("transposedConv2D", bias, outputs: inner * groups)
    return ConvolutionMethod(
      algorithm, geometry, filter: filter.shape, batch: outputGradient.shape[0], groups: groups, isAdjoint: true)(
        outputGradient, filter, bias, adding: addend, activation)
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
}
