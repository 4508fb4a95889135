import TesseraKernels
import TesseraTensors

/// Mean and variance of a tensor over some axes, kept with length 1.
public struct Moments {
  /// The mean, with length 1 along the reduced axes.
  public let mean: Tensor
  /// The biased variance, the mean of squared deviations.
  public let variance: Tensor

  /// The moments of `tensor` over `axes`.
  public init(of tensor: Tensor, along axes: [Int]) {
    mean = tensor.mean(along: axes, keepingAxes: true)
    variance = (tensor - mean).squared().mean(along: axes, keepingAxes: true)
  }
}

/// (x - mean) / sqrt(variance + epsilon) with moments of `input` over `axes`, through which the gradient flows.
///
/// The common core of batch (Ioffe and Szegedy 2015, arXiv:1502.03167), layer (Ba et al. 2016, arXiv:1607.06450) and
/// group normalization (Wu and He 2018, arXiv:1803.08494): they differ in their axes.
/// - Returns: the normalized variable, and the moments for running statistics.
public func normalize(_ input: Variable, along axes: [Int], epsilon: Float) -> (output: Variable, moments: Moments) {
  let (moments, inverse, value) = Variable.computing(on: [input]) {
    let moments = Moments(of: input.value, along: axes)
    let inverse = 1 / (moments.variance + epsilon).squareRoot()
    return (moments, inverse, (input.value - moments.mean) * inverse)
  }
  let output = Variable.operation("normalize", on: [input], value: value) { gradient in
    // With n the number of elements of a moment: dx = (dy - mean(dy) - y mean(dy y)) / deviation.
    let mean = gradient.mean(along: axes, keepingAxes: true)
    let slope = (gradient * value).mean(along: axes, keepingAxes: true)
    return [(gradient - mean - value * slope) * inverse]
  }
  return (output, moments)
}
