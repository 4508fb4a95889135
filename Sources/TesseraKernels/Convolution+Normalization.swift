import TesseraTensors

// A batch normalization by known moments that follows a convolution is part of its weights (Jacob et al. 2018,
// arXiv:1712.05877): with f = scale / sqrt(variance + epsilon), the filter of each output is multiplied by its f and
// the bias becomes (bias - mean) f + offset.
extension Convolution {
  /// f, `[channels]`.
  package static func normalizingFactors(scale: Tensor, variance: Tensor, epsilon: Float) -> Tensor {
    scale / (variance + epsilon).squareRoot()
  }

  /// The filter whose weights that lead to output k are multiplied by element k of `factors`.
  ///
  /// - Parameter isTransposed: whether the filter is `[height, width, outputs / groups, inputs]`.
  package static func scaled(_ filter: Tensor, by factors: Tensor, groups: Int, isTransposed: Bool) -> Tensor {
    guard isTransposed else { return filter * factors }
    // Group g of the inputs leads to group g of the outputs.
    let shape = filter.shape
    let inGroups = filter.reshaped(to: [shape[0], shape[1], shape[2], groups, shape[3] / groups])
    let factors = factors.reshaped(to: [groups, shape[2]]).transposed().reshaped(to: [shape[2], groups, 1])
    return (inGroups * factors).reshaped(to: shape)
  }

  /// (bias - mean) f + offset; `nil` is a bias of zeros.
  package static func normalized(bias: Tensor?, mean: Tensor, offset: Tensor, factors: Tensor) -> Tensor {
    (bias.map { $0 - mean } ?? -mean) * factors + offset
  }
}
