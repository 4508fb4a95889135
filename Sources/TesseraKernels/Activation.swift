import CKernels
import TesseraTensors

/// An elementwise non-linearity.
public enum Activation: Sendable, Hashable {
  case identity
  /// max(x, 0).
  case relu
  /// x where positive, `slope` x elsewhere.
  case leakyReLU(slope: Float)
  /// x between 0 and 6, else the nearer of them (Sandler et al. 2018, arXiv:1801.04381).
  case relu6
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// x / 6 + 1/2 between 0 and 1, else the nearer of them (Howard et al. 2019, arXiv:1905.02244).
  case hardSigmoid
  case tanh
  /// x times the normal distribution function of x, exact (Hendrycks and Gimpel 2016, arXiv:1606.08415).
  case gelu
  /// x times its sigmoid, also called swish (Ramachandran et al. 2017, arXiv:1710.05941).
  case silu
  /// x times its hard sigmoid (Howard et al. 2019, arXiv:1905.02244).
  case hardSwish

  var kind: tk_activation {
    switch self {
    case .identity: TK_IDENTITY
    case .relu: TK_RELU
    case .leakyReLU: TK_LEAKY_RELU
    case .relu6: TK_RELU6
    case .sigmoid: TK_SIGMOID
    case .hardSigmoid: TK_HARD_SIGMOID
    case .tanh: TK_TANH
    case .gelu: TK_GELU
    case .silu: TK_SILU
    case .hardSwish: TK_HARD_SWISH
    }
  }

  var slope: Float { if case .leakyReLU(let slope) = self { slope } else { 0 } }

  /// Whether the derivative follows from the result, so that the input need not be kept for the backward pass.
  public var derivesFromOutput: Bool {
    switch self {
    case .identity, .relu, .leakyReLU, .relu6, .sigmoid, .hardSigmoid, .tanh: true
    // The same result comes from two inputs.
    case .gelu, .silu, .hardSwish: false
    }
  }

  /// Returns the activation of every element, in the tensor's own memory where ownership is passed.
  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    if self == .identity { return x }
    x.updateBlocks { a, out, range in kernels.activate(a, out, range.count, kind, slope) }
    return x
  }

  /// `gradient` times the derivative, in its own memory where ownership is passed; `reference` is the result of the
  /// activation, or its input unless the derivative follows from the result (`derivesFromOutput`).
  public func backward(_ gradient: consuming Tensor, reference: Tensor) -> Tensor {
    if self == .identity { return gradient }
    require(
      reference.shape == gradient.shape,
      "activation: the gradient's shape \(gradient.shape) differs from the value's \(reference.shape)")
    reference.withUnsafeBufferPointer { r in
      gradient.updateBlocks { g, out, range in
        kernels.activate_backward(r.baseAddress! + range.lowerBound, g, out, range.count, kind, slope)
      }
    }
    return gradient
  }
}
