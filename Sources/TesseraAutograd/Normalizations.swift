import TesseraKernels
import TesseraTensors

/// Layer normalization (Ba et al. 2016, arXiv:1607.06450): scale (x - mean) / sqrt(variance + epsilon) + offset, with
/// moments over the last axis.
///
/// - Parameters:
///   - input: `[..., channels]`.
///   - scale: `[channels]`.
///   - offset: `[channels]`.
///   - epsilon: added to the variance before its root.
/// - Returns: the input's shape.
public func layerNormalization(_ input: Variable, scale: Variable, offset: Variable, epsilon: Float) -> Variable {
  let value = Variable.computing(on: [input]) {
    LayerNormalization.normalized(input.value, scale: scale.value, offset: offset.value, epsilon: epsilon)
  }
  return .operation(.layerNormalization(epsilon: epsilon), on: [input, scale, offset], value: value) {
    [x = input.value, factors = scale.value] gradient in
    let gradients = LayerNormalization.gradients(gradient, input: x, scale: factors, epsilon: epsilon)
    return [gradients.input, gradients.scale, gradients.offset]
  }
}

/// Group normalization (Wu and He 2018, arXiv:1803.08494): each picture's channels in groups, with moments over a
/// group's channels and all pixels.
///
/// - Parameters:
///   - input: `[batch, ..., channels]`.
///   - scale: `[channels]`.
///   - offset: `[channels]`.
///   - groups: the number of channels must be a multiple of it.
///   - epsilon: added to the variance before its root.
/// - Returns: the input's shape.
public func groupNormalization(
  _ input: Variable, scale: Variable, offset: Variable, groups: Int, epsilon: Float
) -> Variable {
  let (batch, channels) = (input.shape[0], input.shape[-1])
  require(
    groups > 0 && channels % groups == 0,
    "groupNormalization: \(channels) channels do not split into \(groups) groups; input \(input.shape)")
  let pixels = input.shape.dimensions.dropFirst().dropLast().reduce(1, *)
  let (shape, factors, axes) = (input.shape, scale.value, [1, 3])
  let grouped: Shape = [batch, pixels, groups, channels / groups]
  let (inverse, unit) = Variable.computing(on: [input]) {
    let x = input.value.reshaped(to: grouped)
    let centered = x - x.mean(along: axes, keepingAxes: true)
    let inverse = 1 / (centered.squared().mean(along: axes, keepingAxes: true) + epsilon).squareRoot()
    return (inverse, centered * inverse)
  }
  let wanted = [input, scale, offset].map(\.needsGradient)
  return .operation(
    .groupNormalization(groups: groups, epsilon: epsilon), on: [input, scale, offset],
    value: unit.reshaped(to: shape) * factors + offset.value
  ) { gradient in
    let pixels = Array(0..<shape.rank - 1)
    let byScale = wanted[1] ? (gradient * unit.reshaped(to: shape)).sum(along: pixels) : nil
    let byOffset = wanted[2] ? gradient.sum(along: pixels) : nil
    guard wanted[0] else { return [nil, byScale, byOffset] }
    // With g the gradient with respect to the normalized input y: dx = (g - mean(g) - y mean(g y)) / deviation.
    let inner = (gradient * factors).reshaped(to: grouped)
    let mean = inner.mean(along: axes, keepingAxes: true)
    let slope = (inner * unit).mean(along: axes, keepingAxes: true)
    return [((inner - mean - unit * slope) * inverse).reshaped(to: shape), byScale, byOffset]
  }
}
