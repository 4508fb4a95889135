import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension BatchNorm: FoldableLayer {
  /// The convolution that computes `convolution` and this normalization by its running statistics at once.
  ///
  /// With f = scale / sqrt(variance + epsilon), the filter of each output is multiplied by its f and the bias becomes
  /// (bias - mean) f + offset (Jacob et al. 2018, arXiv:1712.05877). It computes with the weights of this moment and
  /// trains none; so ask for it in each pass without a tape. `Sequential` does that by itself.
  ///
  /// ```swift
  /// let features = images.tape == nil ? norm.folded(into: convolution)(images) : norm(convolution(images))
  /// ```
  /// Where the `ComputeContext` has `PreparedTensors`, the weights are made once and kept.
  /// - Parameter convolution: with as many outputs as there are channels here, and without an activation.
  public func folded(into convolution: Conv2D) -> Conv2D { folded(after: convolution) }

  /// The same for a transposed convolution.
  public func folded(into convolution: TransposedConv2D) -> TransposedConv2D { folded(after: convolution) }

  func folded<Whole: ConvolutionLayer>(after convolution: Whole) -> Whole {
    let (scale, offset, variance) = (scale.value, offset.value, runningVariance.value)
    require(
      convolution.outputs == scale.count,
      "BatchNorm.folded: the convolution has \(convolution.outputs) outputs, but the normalization \(scale.count) channels"
    )
    require(
      convolution.activation == .identity,
      "BatchNorm.folded: the convolution must have no activation before the normalization; "
        + "it has \(convolution.activation)")
    func factors() -> Tensor { scale / (variance + convention.epsilon).squareRoot() }
    let epsilon = Int(convention.epsilon.bitPattern)
    let filter = kept(
      from: [convolution.filter.value, scale, variance], for: "normalized filter of \(Whole.self)",
      [convolution.groups, epsilon]
    ) { convolution.filter(scaledBy: factors()) }
    let shift = [convolution.bias?.value, runningMean.value].compactMap(\.self)
    let bias = kept(from: shift + [scale, offset, variance], for: "normalized bias", [epsilon]) {
      (shift.count == 2 ? shift[0] - shift[1] : -shift[0]) * factors() + offset
    }
    return convolution.with(filter: untrained(filter), bias: untrained(bias), activation: .identity)
  }
}

/// What `make` returns, from an earlier pass where the context keeps such things.
private func kept(
  from sources: [Tensor], for purpose: String, _ details: [Int], make: () -> Tensor
) -> Tensor {
  ComputeContext.current.prepared?.tensor(from: sources, for: purpose, details, make: make) ?? make()
}

private func untrained(_ value: Tensor) -> Parameter {
  let parameter = Parameter(value)
  parameter.isTrainable = false
  return parameter
}
