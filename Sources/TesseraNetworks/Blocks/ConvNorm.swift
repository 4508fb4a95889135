import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// A convolution, batch normalization, then an activation: what most networks since 2015 are made of.
///
/// It is padded by half a window on every side, as in PyTorch, so a picture keeps its size at stride 1.
public struct ConvNorm: Layer {
  public let convolution: Conv2D
  public let norm: BatchNorm
  /// Applied last.
  public let activation: Activation

  /// - Parameters:
  ///   - inputs: the number of input channels.
  ///   - outputs: the number of output channels.
  ///   - kernel: height and width of the filter, odd.
  ///   - stride: pixels from one window to the next.
  ///   - dilation: pixels from one tap to the next.
  ///   - groups: the number of independent groups that the channels are split into.
  ///   - bias: whether the convolution has a bias, which the normalization makes superfluous.
  ///   - activation: applied last.
  ///   - convention: of the batch normalization.
  ///   - padsEnd: whether an odd row and column of a stride's padding is at the end, as in TensorFlow.
  ///   - random: the stream that the initial weights are drawn from, He-normal by fan-out.
  public init(
    from inputs: Int, to outputs: Int, kernel: Int = 3, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
    bias: Bool = false, activation: Activation = .relu, convention: BatchNorm.Convention = .pyTorch,
    padsEnd: Bool = false, random: inout RandomStream
  ) {
    convolution = Conv2D(
      from: inputs, to: outputs, kernel: Extent(kernel), stride: Extent(stride),
      padding: padsEnd ? .same : .explicit(dilation * (kernel - 1) / 2), dilation: Extent(dilation), groups: groups,
      bias: bias,
      initializer: .heNormalFanOut, random: &random)
    norm = BatchNorm(outputs, convention: convention)
    self.activation = activation
  }

  /// `[batch, height, width, inputs]` -> `[batch, height / stride, width / stride, outputs]`.
  public func callAsFunction(_ input: consuming Variable) -> Variable { recomputed(consume input, by: compute) }

  private func compute(_ input: consuming Variable) -> Variable {
    let features = convolution(consume input)
    return activate(norm(consume features), activation)
  }
}

/// A convolution of each channel by itself, then a `ConvNorm` of single pixels (Chollet 2016, arXiv:1610.02357).
public struct SeparableConvNorm: Layer {
  /// One filter for each channel.
  public let depthwise: Conv2D
  /// 1 x 1.
  public let pointwise: ConvNorm

  /// Creates a layer from `inputs` to `outputs` channels with windows of 3 x 3.
  public init(from inputs: Int, to outputs: Int, dilation: Int = 1, random: inout RandomStream) {
    depthwise = Conv2D(
      from: inputs, to: inputs, kernel: 3, padding: .explicit(dilation), dilation: Extent(dilation), groups: inputs,
      bias: false, initializer: .heNormal, random: &random)
    pointwise = ConvNorm(from: inputs, to: outputs, kernel: 1, random: &random)
  }

  /// `[batch, height, width, inputs]` -> `[batch, height, width, outputs]`.
  public func callAsFunction(_ input: consuming Variable) -> Variable { recomputed(consume input, by: compute) }

  private func compute(_ input: consuming Variable) -> Variable {
    let features = depthwise(consume input)
    return pointwise(consume features)
  }
}
