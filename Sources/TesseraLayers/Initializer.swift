import TesseraTensors

/// How a weight gets its first values.
public enum Initializer: Sendable, Hashable {
  case zeros
  case constant(Float)
  /// Truncated normal with variance 2 / fan-in, for layers before a ReLU (He et al. 2015, arXiv:1502.01852).
  case heNormal
  /// Uniform in +-sqrt(6 / fan-in).
  case heUniform
  /// Truncated normal with variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010).
  case glorotNormal
  /// Uniform in +-sqrt(6 / (fan-in + fan-out)).
  case glorotUniform
  /// Bilinear interpolation from each channel to itself, for a transposed convolution `[height, width, outputs,
  /// inputs]` (Long et al. 2015, arXiv:1411.4038).
  case bilinear

  /// A tensor of `shape`, whose last two axes are inputs and outputs and whose others are the window.
  ///
  /// As in Keras, fan-in is window times second to last axis, fan-out window times last axis, and a truncated normal is
  /// cut off at two deviations and widened to have the variance named.
  public func callAsFunction(_ shape: Shape, random: inout RandomStream) -> Tensor {
    let window = shape.dimensions.dropLast(2).reduce(1, *)
    let fanIn = Float(shape.rank > 1 ? window * shape[-2] : shape.elementCount)
    let fanOut = Float(shape.rank > 1 ? window * shape[-1] : shape.elementCount)
    switch self {
    case .zeros: return .zeros(shape)
    case .constant(let value): return Tensor(repeating: value, shape: shape)
    case .heNormal: return Self.truncatedNormal(shape, variance: 2 / fanIn, &random)
    case .heUniform: return Self.uniform(shape, variance: 2 / fanIn, &random)
    case .glorotNormal: return Self.truncatedNormal(shape, variance: 2 / (fanIn + fanOut), &random)
    case .glorotUniform: return Self.uniform(shape, variance: 2 / (fanIn + fanOut), &random)
    case .bilinear: return Self.bilinear(shape)
    }
  }

  private static func truncatedNormal(_ shape: Shape, variance: Float, _ random: inout RandomStream) -> Tensor {
    // What a standard normal's deviation becomes when it is cut off at two.
    let cut: Float = 0.87962566103423978
    return .truncatedNormal(shape, deviation: variance.squareRoot() / cut, key: random.next())
  }

  private static func uniform(_ shape: Shape, variance: Float, _ random: inout RandomStream) -> Tensor {
    let limit = (3 * variance).squareRoot()
    return .uniform(shape, from: -limit, to: limit, key: random.next())
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
