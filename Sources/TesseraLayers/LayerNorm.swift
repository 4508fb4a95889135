import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// Layer normalization (Ba et al. 2016, arXiv:1607.06450) over the last axis.
public struct LayerNorm: Layer {
  /// `[channels]`, initially 1.
  public let scale: Parameter
  /// `[channels]`, initially 0.
  public let offset: Parameter
  /// Added to the variance before its root.
  public let epsilon: Float

  /// - Parameters:
  ///   - channels: the length of the last axis.
  ///   - epsilon: Keras' 1e-3 by default; PyTorch has 1e-5.
  public init(_ channels: Int, epsilon: Float = 1e-3) {
    scale = Parameter(Tensor(repeating: 1, shape: [channels]), kind: .bias)
    offset = Parameter(.zeros([channels]), kind: .bias)
    self.epsilon = epsilon
  }

  /// `[..., channels]` to the same shape.
  public func callAsFunction(_ input: Variable) -> Variable {
    let channels = scale.shape[0]
    require(
      input.shape.rank > 0 && input.shape[-1] == channels, "LayerNorm: expects [..., \(channels)]; got \(input.shape)")
    return layerNormalization(
      input, scale: scale.joining(input), offset: offset.joining(input), epsilon: epsilon)
  }
}
