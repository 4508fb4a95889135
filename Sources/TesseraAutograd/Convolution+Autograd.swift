import TesseraKernels
import TesseraTensors

/// Two-dimensional convolution (cross-correlation) of channels-last pictures, with bias and activation in one pass.
///
/// - Parameters:
///   - input: `[batch, height, width, channels]`.
///   - filter: `[height, width, channels / groups, outputs]`.
///   - bias: `[outputs]`.
/// - Returns: `[batch, output height, output width, outputs]`.
public func conv2D(
  _ input: Variable, filter: Variable, bias: Variable? = nil, stride: Extent = 1, padding: Padding = .same,
  dilation: Extent = 1, groups: Int = 1, activation: Activation = .identity
) -> Variable {
  require(
    input.shape.rank == 4 && filter.shape.rank == 4,
    "conv2D: expects an input [batch, height, width, channels] and a filter [height, width, inputs, outputs]; got "
      + "\(input.shape) and \(filter.shape)")
  let geometry = WindowGeometry(
    "conv2D", input: input.shape.extent, window: Extent(height: filter.shape[0], width: filter.shape[1]),
    stride: stride, dilation: dilation, padding: padding)
  let fused = activation.derivesFromOutput ? activation : .identity
  let value = Convolution.forward(
    input.value, filter: filter.value, bias: bias?.value, geometry: geometry, groups: groups, activation: fused)
  let result = Variable.operation(
    "conv2D", on: [input, filter] + (bias.map { [$0] } ?? []), value: value,
    multiplyAdds: value.count * filter.value.count / filter.shape[3]
  ) {
    [
      x = filter.needsGradient ? input.value : nil, w = input.needsGradient ? filter.value : nil,
      wantsBias = bias?.needsGradient ?? false
    ] gradient in
    let gradient = fused.backward(gradient, reference: value)
    return [
      w.map { Convolution.inputGradient(gradient, filter: $0, geometry: geometry, groups: groups) },
      x.map { Convolution.filterGradient($0, outputGradient: gradient, geometry: geometry, groups: groups) },
      wantsBias ? gradient.sum(along: [0, 1, 2]) : nil,
    ]
  }
  return fused == activation ? result : activate(result, activation)
}

/// Transposed convolution: the adjoint of a convolution with the same stride and window, as in a decoder.
///
/// - Parameters:
///   - input: `[batch, height, width, channels]`.
///   - filter: `[height, width, outputs / groups, channels]` (Keras' layout).
///   - bias: `[outputs]`.
/// - Returns: `[batch, stride height, stride width, outputs]` with `.same` cropping.
public func transposedConv2D(
  _ input: Variable, filter: Variable, bias: Variable? = nil, stride: Extent = 1, cropping: Cropping = .same,
  dilation: Extent = 1, groups: Int = 1, activation: Activation = .identity
) -> Variable {
  require(
    input.shape.rank == 4 && filter.shape.rank == 4,
    "transposedConv2D: expects an input [batch, height, width, channels] and a filter [height, width, outputs, inputs]; "
      + "got \(input.shape) and \(filter.shape)")
  require(
    input.shape[3] == filter.shape[3] && groups > 0 && input.shape[3] % groups == 0,
    "transposedConv2D: the input has \(input.shape[3]) channels, but the filter \(filter.shape) expects "
      + "\(filter.shape[3])\(groups == 1 ? "" : " in \(groups) groups"); input \(input.shape)")
  let geometry = WindowGeometry(
    transposing: input.shape.extent, window: Extent(height: filter.shape[0], width: filter.shape[1]),
    stride: stride, dilation: dilation, cropping: cropping)
  let fused = activation.derivesFromOutput ? activation : .identity
  let value = Convolution.inputGradient(
    input.value, filter: filter.value, bias: bias?.value, geometry: geometry, groups: groups, activation: fused)
  let result = Variable.operation(
    "transposedConv2D", on: [input, filter] + (bias.map { [$0] } ?? []), value: value,
    multiplyAdds: input.value.count * filter.value.count / filter.shape[3]
  ) {
    [
      x = filter.needsGradient ? input.value : nil, w = input.needsGradient ? filter.value : nil,
      wantsBias = bias?.needsGradient ?? false
    ] gradient in
    let gradient = fused.backward(gradient, reference: value)
    return [
      w.map { Convolution.forward(gradient, filter: $0, geometry: geometry, groups: groups) },
      x.map { Convolution.filterGradient(gradient, outputGradient: $0, geometry: geometry, groups: groups) },
      wantsBias ? gradient.sum(along: [0, 1, 2]) : nil,
    ]
  }
  return fused == activation ? result : activate(result, activation)
}

extension Shape {
  /// Height and width of `[batch, height, width, channels]`.
  var extent: Extent { Extent(height: self[1], width: self[2]) }
}
