import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// A block of MobileNets and EfficientNets (Sandler et al. 2018, arXiv:1801.04381): more channels by 1 x 1, a depthwise
/// convolution, perhaps weights for the channels, fewer channels by 1 x 1, and the input added where shapes agree.
public struct InvertedResidual: Layer {
  /// 1 x 1, where there are more channels than in the input.
  public let expansion: ConvNorm?
  /// A window for each channel.
  public let depthwise: ConvNorm
  public let squeeze: SqueezeExcitation?
  /// 1 x 1, without activation.
  public let projection: ConvNorm
  /// The probability with which training drops all but the input of a picture.
  let dropRate: Float
  private let isResidual: Bool

  /// What a block is made of.
  public struct Shape: Sendable, Hashable {
    /// Height and width of the depthwise window.
    public var kernel: Int
    /// The channels of the depthwise convolution.
    public var expanded: Int
    /// The channels of the result.
    public var outputs: Int
    /// Pixels from one window to the next.
    public var stride: Int
    /// The channels that channels' weights are computed from; `nil` without such weights.
    public var squeezed: Int?
    /// After the first two convolutions.
    public var activation: Activation
  }

  /// - Parameters:
  ///   - inputs: the number of input channels.
  ///   - shape: what it is made of.
  ///   - stride: instead of the shape's.
  ///   - dilation: pixels from one tap of the depthwise window to the next.
  ///   - gate: gives channels' weights.
  ///   - dropRate: the probability with which training drops all but the input.
  ///   - convention: of the batch normalizations.
  ///   - padsEnd: whether an odd row and column of a stride's padding is at the end.
  ///   - random: what the initial weights are drawn from.
  public init(
    from inputs: Int, _ shape: Shape, stride: Int, dilation: Int, gate: Activation, dropRate: Float,
    convention: BatchNorm.Convention, padsEnd: Bool, random: inout RandomStream
  ) {
    let (expanded, activation) = (shape.expanded, shape.activation)
    expansion =
      expanded == inputs
      ? nil
      : ConvNorm(
        from: inputs, to: expanded, kernel: 1, activation: activation, convention: convention, random: &random)
    depthwise = ConvNorm(
      from: expanded, to: expanded, kernel: shape.kernel, stride: stride, dilation: dilation, groups: expanded,
      activation: activation, convention: convention, padsEnd: padsEnd, random: &random)
    squeeze = shape.squeezed.map {
      // MobileNetV3 has ReLU between, EfficientNet the block's activation.
      SqueezeExcitation(
        expanded, squeezed: $0, activation: gate == .sigmoid ? activation : .relu, gate: gate, random: &random)
    }
    projection = ConvNorm(
      from: expanded, to: shape.outputs, kernel: 1, activation: .identity, convention: convention, random: &random)
    self.dropRate = dropRate
    isResidual = shape.stride == 1 && inputs == shape.outputs
  }

  /// `[batch, height, width, inputs]` -> `[batch, height / stride, width / stride, outputs]`.
  public func callAsFunction(_ input: consuming Variable) -> Variable { recomputed(consume input, by: compute) }

  private func compute(_ input: consuming Variable) -> Variable {
    let identity = isResidual ? copy input : nil
    var features = consume input
    if let expansion { features = expansion(consume features) }
    features = depthwise(consume features)
    if let squeeze { features = squeeze(consume features) }
    features = projection(consume features)
    guard let identity else { return features }
    return identity + stochasticDepth(consume features, rate: dropRate)
  }
}

/// Weights for channels that follow from their means (Hu et al. 2017, arXiv:1709.01507).
public struct SqueezeExcitation: Layer {
  /// 1 x 1, to few channels.
  public let reduction: Conv2D
  /// 1 x 1, to a weight for each channel.
  public let expansion: Conv2D

  /// Creates a layer for `channels` channels whose weights follow from `squeezed` numbers.
  public init(_ channels: Int, squeezed: Int, activation: Activation, gate: Activation, random: inout RandomStream) {
    reduction = Conv2D(from: channels, to: squeezed, kernel: 1, activation: activation, random: &random)
    expansion = Conv2D(from: squeezed, to: channels, kernel: 1, activation: gate, random: &random)
  }

  /// `[batch, height, width, channels]` to the same shape.
  public func callAsFunction(_ input: consuming Variable) -> Variable {
    input * expansion(reduction(globalAveragePool(input, keepingAxes: true)))
  }
}
