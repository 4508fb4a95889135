import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// Group normalization (Wu and He 2018, arXiv:1803.08494): each picture's channels in groups, over all pixels; the same
/// in training and inference, whatever the batch size.
public struct GroupNorm: Layer {
  /// `[channels]`, initially 1.
  public let scale: Parameter
  /// `[channels]`, initially 0.
  public let offset: Parameter
  /// The number of groups that the channels are split into.
  public let groups: Int
  /// Added to the variance before its root.
  public let epsilon: Float

  /// - Parameters:
  ///   - channels: a multiple of `groups`.
  ///   - groups: the number of groups of channels, each with its own moments.
  ///   - epsilon: Keras' 1e-3 by default; PyTorch has 1e-5.
  public init(_ channels: Int, groups: Int = 32, epsilon: Float = 1e-3) {
    require(groups > 0 && channels % groups == 0, "GroupNorm: \(channels) channels do not split into \(groups) groups")
    scale = Parameter(Tensor(repeating: 1, shape: [channels]), kind: .bias)
    offset = Parameter(.zeros([channels]), kind: .bias)
    self.groups = groups
    self.epsilon = epsilon
  }

  /// `[batch, ..., channels]` to the same shape.
  public func callAsFunction(_ input: Variable) -> Variable {
    let channels = scale.shape[0]
    require(
      input.shape.rank > 1 && input.shape[-1] == channels,
      "GroupNorm: expects [batch, ..., \(channels)]; got \(input.shape)")
    return groupNormalization(
      input, scale: scale.joining(input), offset: offset.joining(input), groups: groups, epsilon: epsilon)
  }
}
