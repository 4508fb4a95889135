import TesseraAutograd
import TesseraKernels

// The operations without weights as layers, for use in `Sequential`. In custom models the functions read better.

/// Zeroes elements with probability `rate` in training passes; see `dropout(_:rate:)`.
public struct Dropout: Layer {
  public let rate: Float
  public init(_ rate: Float) { self.rate = rate }
  public func callAsFunction(_ input: Variable) -> Variable { dropout(input, rate: rate) }
}

/// Zeroes samples of a residual branch with probability `rate` in training passes; see `stochasticDepth(_:rate:)`.
public struct StochasticDepth: Layer {
  public let rate: Float
  public init(_ rate: Float) { self.rate = rate }
  public func callAsFunction(_ branch: Variable) -> Variable { stochasticDepth(branch, rate: rate) }
}

/// The largest element of each window; see `maxPool`.
public struct MaxPool2D: Layer {
  public let window: Extent
  public let stride: Extent
  public let padding: Padding

  public init(window: Extent = 2, stride: Extent? = nil, padding: Padding = .valid) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  public func callAsFunction(_ input: Variable) -> Variable {
    maxPool(input, window: window, stride: stride, padding: padding)
  }
}

/// The mean of each window; see `averagePool`.
public struct AveragePool2D: Layer {
  public let window: Extent
  public let stride: Extent
  public let padding: Padding

  public init(window: Extent = 2, stride: Extent? = nil, padding: Padding = .valid) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  public func callAsFunction(_ input: Variable) -> Variable {
    averagePool(input, window: window, stride: stride, padding: padding)
  }
}

/// The largest element of each channel, `[batch, channels]`.
public struct GlobalMaxPool2D: Layer {
  public init() {}
  public func callAsFunction(_ input: Variable) -> Variable { globalMaxPool(input) }
}

/// The mean of each channel, `[batch, channels]`, or `[batch, 1, 1, channels]`.
public struct GlobalAveragePool2D: Layer {
  public let keepingAxes: Bool
  public init(keepingAxes: Bool = false) { self.keepingAxes = keepingAxes }
  public func callAsFunction(_ input: Variable) -> Variable { globalAveragePool(input, keepingAxes: keepingAxes) }
}

/// The means of bins that share pictures of any size evenly; see `adaptiveAveragePool`.
public struct AdaptiveAveragePool2D: Layer {
  /// The number of bins.
  public let size: Extent
  public init(to size: Extent) { self.size = size }
  public func callAsFunction(_ input: Variable) -> Variable { adaptiveAveragePool(input, to: size) }
}

/// Pictures `factor` times as large; see `upsample`.
public struct UpSampling2D: Layer {
  public let factor: Extent
  public let interpolation: Interpolation

  public init(by factor: Extent, _ interpolation: Interpolation = .nearest) {
    self.factor = factor
    self.interpolation = interpolation
  }

  public func callAsFunction(_ input: Variable) -> Variable { upsample(input, by: factor, interpolation) }
}

/// An elementwise non-linearity; see `Activation`.
public struct ActivationLayer: Layer {
  public let activation: Activation
  public init(_ activation: Activation) { self.activation = activation }
  public func callAsFunction(_ input: consuming Variable) -> Variable { activate(consume input, activation) }
}

/// exp(x) / sum(exp(x)) along the last axis.
public struct Softmax: Layer {
  public init() {}
  public func callAsFunction(_ input: Variable) -> Variable { softmax(input) }
}

/// Joins all axes but the first.
public struct Flatten: Layer {
  public init() {}
  public func callAsFunction(_ input: Variable) -> Variable {
    input.reshaped(to: [input.shape[0], input.shape.elementCount / max(1, input.shape[0])])
  }
}
