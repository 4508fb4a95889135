import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// How a weight is initialized.
public enum Initializer: Sendable, Hashable {
  case zeros
  case constant(Float)
  /// Truncated normal with variance 2 / fan-in, for layers before a ReLU (He et al. 2015, arXiv:1502.01852).
  case heNormal
  /// Truncated normal with variance 2 / fan-out, which keeps the size of gradients: PyTorch's residual networks.
  case heNormalFanOut
  /// Uniform in +-sqrt(6 / fan-in).
  case heUniform
  /// Truncated normal with variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010).
  case glorotNormal
  /// Uniform in +-sqrt(6 / (fan-in + fan-out)).
  case glorotUniform
  /// Bilinear interpolation from each channel to itself, for a transposed convolution `[height, width, outputs,
  /// inputs]` (Long et al. 2015, arXiv:1411.4038).
  case bilinear

  /// Returns a tensor of `shape`, whose last two axes are inputs and outputs and whose other axes are the window.
  ///
  /// As in Keras, fan-in is the window times the second-to-last axis, and fan-out the window times the last axis. A
  /// truncated normal is cut off at two standard deviations and widened to have the stated variance.
  public func callAsFunction(_ shape: Shape, random: inout RandomStream) -> Tensor {
    planned(shape, random: &random)()
  }

  /// Returns a parameter of `shape` whose first values are made when they are first needed; `random` advances at once,
  /// so that what is drawn does not depend on when that happens.
  public func parameter(_ shape: Shape, random: inout RandomStream) -> Parameter {
    Parameter(shape: shape, first: planned(shape, random: &random))
  }

  private func planned(_ shape: Shape, random: inout RandomStream) -> @Sendable () -> Tensor {
    let window = shape.dimensions.dropLast(2).reduce(1, *)
    let fanIn = Float(shape.rank > 1 ? window * shape[-2] : shape.elementCount)
    let fanOut = Float(shape.rank > 1 ? window * shape[-1] : shape.elementCount)
    return switch self {
    case .zeros: { .zeros(shape) }
    case .constant(let value): { Tensor(repeating: value, shape: shape) }
    case .heNormal: Self.truncatedNormal(shape, variance: 2 / fanIn, &random)
    case .heNormalFanOut: Self.truncatedNormal(shape, variance: 2 / fanOut, &random)
    case .heUniform: Self.uniform(shape, variance: 2 / fanIn, &random)
    case .glorotNormal: Self.truncatedNormal(shape, variance: 2 / (fanIn + fanOut), &random)
    case .glorotUniform: Self.uniform(shape, variance: 2 / (fanIn + fanOut), &random)
    case .bilinear: { Self.bilinear(shape) }
    }
  }

  private static func truncatedNormal(
    _ shape: Shape, variance: Float, _ random: inout RandomStream
  ) -> @Sendable () -> Tensor {
    // The standard deviation of a standard normal distribution truncated at two.
    let cut: Float = 0.87962566103423978
    let key = random.next()
    return { .truncatedNormal(shape, deviation: variance.squareRoot() / cut, key: key) }
  }

  private static func uniform(_ shape: Shape, variance: Float, _ random: inout RandomStream) -> @Sendable () -> Tensor {
    let limit = (3 * variance).squareRoot()
    let key = random.next()
    return { .uniform(shape, from: -limit, to: limit, key: key) }
  }

  private static func bilinear(_ shape: Shape) -> Tensor {
    require(shape.rank == 4, "Initializer.bilinear: expects [height, width, outputs, inputs]; got \(shape)")
    func weight(_ index: Int, _ size: Int) -> Float {
      let factor = Float((size + 1) / 2)
      let center = size % 2 == 1 ? factor - 1 : factor - 0.5
      return 1 - abs(Float(index) - center) / factor
    }
    var result = Tensor.zeros(shape)
    for row in 0..<shape[0] {
      for column in 0..<shape[1] {
        for channel in 0..<min(shape[2], shape[3]) {
          result[row, column, channel, channel] = weight(row, shape[0]) * weight(column, shape[1])
        }
      }
    }
    return result
  }
}
