import TesseraTensors

/// A convolution, or its adjoint, with constant weights for inputs of one shape: what follows from weights and shapes
/// alone is made once.
package struct PreparedConvolution: Sendable {
  private let filter: Tensor
  private let bias: Tensor?
  private let activation: Activation
  private let method: ConvolutionMethod
  private let weights: [Tensor?]

  /// - Parameter isTransposed: whether it is the adjoint, with a filter `[height, width, outputs / groups, inputs]`.
  package init(
    filter: Tensor, bias: Tensor?, geometry: WindowGeometry, batch: Int, groups: Int, activation: Activation,
    isTransposed: Bool
  ) {
    self.bias = bias
    self.activation = activation
    method = ConvolutionMethod(
      .cheapest(
        isTransposed ? .inputGradient : .forward, geometry, batch: batch, inputChannels: filter.shape[2],
        outputChannels: filter.shape[3], groups: groups, filtersAreKept: true),
      geometry, filter: filter.shape, batch: batch, groups: groups, isAdjoint: isTransposed)
    weights = method.weights(of: filter)
    // The loops read either one.
    self.filter = weights.contains { $0 == nil } ? filter : Tensor([])
  }

  /// The result for `input` `[batch, height, width, channels]`; `addend` has the result's shape and is added before the
  /// activation.
  package func callAsFunction(_ input: Tensor, adding addend: Tensor? = nil) -> Tensor {
    method(input, filter, bias, adding: addend, activation, weights: weights)
  }
}
