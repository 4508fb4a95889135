import TesseraKernels
import TesseraTensors

/// Two-dimensional convolution (cross-correlation) of channels-last pictures, with bias and activation in one pass.
///
/// Without a tape and an activation, it runs when its value is first needed; a batch normalization by running
/// statistics, a sum and an activation that follow become part of it.
///
/// - Parameters:
///   - input: `[batch, height, width, channels]`.
///   - filter: `[height, width, channels / groups, outputs]`.
///   - bias: `[outputs]`.
///   - stride: pixels from one window to the next.
///   - padding: the padding around the picture.
///   - dilation: pixels from one tap to the next.
///   - groups: the number of independent groups that the channels are split into.
///   - activation: applied after the bias is added.
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
  let operands = [input, filter] + (bias.map { [$0] } ?? [])
  if activation == .identity && operands.allSatisfy({ $0.tape == nil }) {
    Convolution.check("conv2D", input.value, filter.value, geometry.input, geometry, groups)
    return Variable(
      DeferredConvolution(
        input, filter, bias, outputs: filter.shape[3], extent: geometry.output, groups: groups, isTransposed: false
      ) { input, filter, bias, addend, activation in
        Convolution.forward(
          input, filter: filter, bias: bias, adding: addend, geometry: geometry, groups: groups,
          activation: activation)
      })
  }
  let fused = canFuse(activation, operands) ? activation : .identity
  let value = Variable.computing(on: operands) {
    Convolution.forward(
      input.value, filter: filter.value, bias: bias?.value, geometry: geometry, groups: groups, activation: fused)
  }
  let saved = SavedForPullback(input, filter, bias, fused, result: value)
  let result = Variable.operation(
    .convolution(geometry, padding: padding, groups: groups, activation: fused),
    on: operands, result: Variable(value),
    multiplyAdds: value.count * (filter.value.count / filter.shape[3]),
    backward: saved.backward { gradient, x in
      Convolution.filterGradient(x, outputGradient: gradient, geometry: geometry, groups: groups)
    } inputGradient: { gradient, w, known in
      Convolution.inputGradient(gradient, filter: w, adding: known, geometry: geometry, groups: groups)
    })
  return fused == activation ? result : activate(result, activation)
}

/// Transposed convolution: the adjoint of a convolution with the same stride and window, as in a decoder. Without a
/// tape it runs when its value is first needed, as `conv2D` does.
///
/// - Parameters:
///   - input: `[batch, height, width, channels]`.
///   - filter: `[height, width, outputs / groups, channels]` (Keras' layout).
///   - bias: `[outputs]`.
///   - stride: how many times larger the result is.
///   - cropping: what is cut off around the result.
///   - dilation: pixels from one tap to the next.
///   - groups: the number of independent groups that the channels are split into.
///   - activation: applied after the bias is added.
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
  let operands = [input, filter] + (bias.map { [$0] } ?? [])
  if activation == .identity && operands.allSatisfy({ $0.tape == nil }) {
    return Variable(
      DeferredConvolution(
        input, filter, bias, outputs: filter.shape[2] * groups, extent: geometry.input, groups: groups,
        isTransposed: true
      ) { input, filter, bias, addend, activation in
        Convolution.inputGradient(
          input, filter: filter, bias: bias, adding: addend, geometry: geometry, groups: groups,
          activation: activation)
      })
  }
  let fused = canFuse(activation, operands) ? activation : .identity
  let value = Variable.computing(on: operands) {
    Convolution.inputGradient(
      input.value, filter: filter.value, bias: bias?.value, geometry: geometry, groups: groups, activation: fused)
  }
  let saved = SavedForPullback(input, filter, bias, fused, result: value)
  let result = Variable.operation(
    .transposedConvolution(geometry, cropping: cropping, groups: groups, activation: fused),
    on: operands, result: Variable(value),
    multiplyAdds: input.value.count * (filter.value.count / filter.shape[3]),
    backward: saved.backward { gradient, x in
      Convolution.filterGradient(gradient, outputGradient: x, geometry: geometry, groups: groups)
    } inputGradient: { gradient, w, known in
      Convolution.forward(gradient, filter: w, adding: known, geometry: geometry, groups: groups)
    })
  return fused == activation ? result : activate(result, activation)
}

/// Whether a convolution of `operands` can apply `activation` itself: its pullback can differentiate only from the
/// result.
private func canFuse(_ activation: Activation, _ operands: [Variable]) -> Bool {
  activation.derivesFromOutput || operands.allSatisfy { $0.tape == nil }
}

/// What a convolution keeps for its pullback: no more than the wanted gradients need, each as long as it is needed.
private struct SavedForPullback {
  private let input: Tensor?
  private let filter: Tensor?
  private let wantsBias: Bool
  private let activation: Activation
  private let result: Tensor?

  init(_ input: Variable, _ filter: Variable, _ bias: Variable?, _ activation: Activation, result: Tensor) {
    self.input = filter.needsGradient ? input.value : nil
    self.filter = input.needsGradient ? filter.value : nil
    wantsBias = bias?.needsGradient ?? false
    self.activation = activation
    self.result = activation == .identity ? nil : result
  }

  /// The pullback of a convolution with these gradients with respect to its filter and its input; to the latter, what
  /// is known of it is added.
  func backward(
    filterGradient: @escaping (_ gradient: Tensor, _ input: Tensor) -> Tensor,
    inputGradient: @escaping (_ gradient: Tensor, _ filter: Tensor, _ known: Tensor?) -> Tensor
  ) -> Tape.Backward {
    var (input, result) = (input, result)
    return .adding { [filter, wantsBias, activation] gradient, known in
      if let result = result.take() { gradient = activation.backward(consume gradient, reference: result) }
      // The input is released before its gradient, which is as large, is computed.
      let byFilter = input.take().map { filterGradient(gradient, $0) }
      let byBias = wantsBias ? gradient.sum(along: [0, 1, 2]) : nil
      return [filter.map { inputGradient(gradient, $0, known) } ?? known, byFilter, byBias]
    }
  }
}

extension Shape {
  /// Height and width of `[batch, height, width, channels]`.
  package var extent: Extent { Extent(height: self[1], width: self[2]) }
}
