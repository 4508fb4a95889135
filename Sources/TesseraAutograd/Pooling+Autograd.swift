import TesseraKernels
import TesseraTensors

/// The largest element of each window; the stride is the window's size by default.
///
/// `[batch, height, width, channels]` -> `[batch, output height, output width, channels]`.
public func maxPool(_ input: Variable, window: Extent, stride: Extent? = nil, padding: Padding = .valid) -> Variable {
  let geometry = WindowGeometry(
    "maxPool", input: picture("maxPool", input), window: window, stride: stride ?? window, padding: padding)
  let value = Variable.computing(on: [input]) { Pooling.maximum(input.value, geometry: geometry) }
  return .operation(.maxPool(geometry, padding: padding), on: [input], value: value) { [x = input.value] gradient in
    [Pooling.maximumGradient(gradient, input: x, output: value, geometry: geometry)]
  }
}

/// The mean of each window, padding not counted; the stride is the window's size by default.
public func averagePool(
  _ input: Variable, window: Extent, stride: Extent? = nil, padding: Padding = .valid
) -> Variable {
  let geometry = WindowGeometry(
    "averagePool", input: picture("averagePool", input), window: window, stride: stride ?? window, padding: padding)
  let value = Variable.computing(on: [input]) { Pooling.average(input.value, geometry: geometry) }
  return .operation(.averagePool(geometry, padding: padding), on: [input], value: value) { gradient in
    [Pooling.averageGradient(gradient, geometry: geometry)]
  }
}

/// The largest element of each channel over the whole picture: `[batch, channels]`.
public func globalMaxPool(_ input: Variable) -> Variable {
  maxPool(input, window: picture("globalMaxPool", input)).reshaped(to: [input.shape[0], input.shape[3]])
}

/// The mean of each channel over the whole picture: `[batch, channels]`, or `[batch, 1, 1, channels]` to weight the
/// picture's channels by (squeeze and excitation, Hu et al. 2018, arXiv:1709.01507).
public func globalAveragePool(_ input: Variable, keepingAxes: Bool = false) -> Variable {
  let _ = picture("globalAveragePool", input)
  return input.mean(along: [1, 2], keepingAxes: keepingAxes)
}

/// The means of `size` bins that share the picture evenly, whatever its size (PyTorch's `AdaptiveAvgPool2d`); see
/// `AdaptivePooling`.
///
/// `[batch, height, width, channels]` -> `[batch, size.height, size.width, channels]`.
public func adaptiveAveragePool(_ input: Variable, to size: Extent) -> Variable {
  let original = picture("adaptiveAveragePool", input)
  let value = Variable.computing(on: [input]) { AdaptivePooling.average(input.value, to: size) }
  return .operation(.adaptiveAveragePool(size), on: [input], value: value) { gradient in
    [AdaptivePooling.averageGradient(gradient, from: original)]
  }
}

/// The pictures `[batch, height, width, channels]` enlarged by `factor`.
public func upsample(_ input: Variable, by factor: Extent, _ interpolation: Interpolation = .nearest) -> Variable {
  let size = picture("upsample", input)
  return resize(
    input, to: Extent(height: size.height * factor.height, width: size.width * factor.width), interpolation)
}

/// The pictures `[batch, height, width, channels]` at another size; what is added to them is added while they are made.
public func resize(_ input: Variable, to size: Extent, _ interpolation: Interpolation) -> Variable {
  let original = picture("resize", input)
  let result =
    input.isHollow || input.shape.elementCount == 0 || min(size.height, size.width) <= 0
    ? Variable(Variable.computing(on: [input]) { input.value.resized(to: size, interpolation) })
    : Variable(DeferredResizing(input.value, to: size, interpolation))
  return .operation(.resize(size, interpolation), on: [input], result: result) { gradient in
    [gradient.resizedAdjoint(to: original, interpolation)]
  }
}

private func picture(_ operation: String, _ input: Variable) -> Extent {
  require(input.shape.rank == 4, "\(operation): expects [batch, height, width, channels]; got \(input.shape)")
  return input.shape.extent
}
