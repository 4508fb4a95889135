import TesseraKernels
import TesseraTensors

/// A convolution without a tape, which runs when its value is first needed: until then a batch normalization and an
/// activation that follow it channel by channel can become part of it.
///
/// The result may have other users: it runs once for each that becomes part of another convolution, and once for all
/// others together.
final class DeferredConvolution {
  typealias Body = (_ input: Tensor, _ filter: Tensor, _ bias: Tensor?, Activation) -> Tensor

  let shape: Shape
  private var work: Work?
  private var result: Tensor?

  /// What is held until it has run.
  fileprivate struct Work {
    let input: Tensor
    let filter: Tensor
    let bias: Tensor?
    let groups: Int
    let isTransposed: Bool
    /// The context in which it was requested: it runs on those threads, in that memory.
    let context = ComputeContext.current
    let body: Body

    func run(_ activation: Activation) -> Tensor {
      ComputeContext.$current.withValue(context) { body(input, filter, bias, activation) }
    }
  }

  /// - Parameters:
  ///   - outputs: the channels of the result.
  ///   - extent: its size.
  ///   - isTransposed: whether the filter is `[height, width, outputs / groups, inputs]`.
  ///   - body: computes the result.
  convenience init(
    _ input: Variable, _ filter: Variable, _ bias: Variable?, outputs: Int, extent: Extent, groups: Int,
    isTransposed: Bool, body: @escaping Body
  ) {
    Convolution.checkBias(isTransposed ? "transposedConv2D" : "conv2D", bias?.value, outputs: outputs)
    self.init(
      [input.shape[0], extent.height, extent.width, outputs],
      Work(
        input: input.value, filter: filter.value, bias: bias?.value, groups: groups, isTransposed: isTransposed,
        body: body))
  }

  private init(_ shape: Shape, _ work: Work) {
    self.shape = shape
    self.work = work
  }

  /// Whether its value is known, so that nothing more can become part of it.
  var hasRun: Bool { work == nil }

  /// What it computes, once.
  var value: Tensor {
    if let work = work.take() { result = work.run(.identity) }
    return result ?? .zeros(shape)
  }

  /// `activation` of its value, in one pass if that is not yet known.
  func value(through activation: Activation) -> Tensor { work?.run(activation) ?? activation(value) }

  /// The convolution that computes this one and a batch normalization together, if this one has not run.
  ///
  /// With f = scale / sqrt(variance + epsilon), the filter of each output is multiplied by its f and the bias becomes
  /// (bias - mean) f + offset (Jacob et al. 2018, arXiv:1712.05877).
  func normalized(
    scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, epsilon: Float
  ) -> DeferredConvolution? {
    guard let work else { return nil }
    func factors() -> Tensor { scale / (variance + epsilon).squareRoot() }
    let bits = Int(epsilon.bitPattern)
    let filter = kept(
      from: [work.filter, scale, variance], for: "normalized filter", [work.isTransposed ? 1 : 0, work.groups, bits]
    ) { work.scaledFilter(by: factors()) }
    let shift = [work.bias, mean].compactMap(\.self)
    let bias = kept(from: shift + [scale, offset, variance], for: "normalized bias", [bits]) {
      (shift.count == 2 ? shift[0] - shift[1] : -shift[0]) * factors() + offset
    }
    return DeferredConvolution(
      shape,
      Work(
        input: work.input, filter: filter, bias: bias, groups: work.groups, isTransposed: work.isTransposed,
        body: work.body))
  }
}

extension DeferredConvolution.Work {
  /// The filter whose weights that lead to output k are multiplied by element k of `factors`.
  fileprivate func scaledFilter(by factors: Tensor) -> Tensor {
    guard isTransposed else { return filter * factors }
    // Group g of the inputs leads to group g of the outputs.
    let shape = filter.shape
    let inGroups = filter.reshaped(to: [shape[0], shape[1], shape[2], groups, shape[3] / groups])
    let factors = factors.reshaped(to: [groups, shape[2]]).transposed().reshaped(to: [shape[2], groups, 1])
    return (inGroups * factors).reshaped(to: shape)
  }
}

/// What `make` returns, from an earlier pass where the context keeps such tensors.
private func kept(from sources: [Tensor], for purpose: String, _ details: [Int], make: () -> Tensor) -> Tensor {
  ComputeContext.current.prepared?.tensor(from: sources, for: purpose, details, make: make) ?? make()
}
