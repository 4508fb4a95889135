import TesseraKernels
import TesseraTensors

/// A convolution without a tape, or a matrix product, which runs when its value is first needed: until then a batch
/// normalization, a bias or another addend and an activation that follow it can become part of it.
///
/// The result may have other users: it runs once for each that becomes part of another convolution, and once for all
/// others together.
final class DeferredConvolution: DeferredValue {
  typealias Body = (_ input: Tensor, _ filter: Tensor, _ bias: Tensor?, _ addend: Tensor?, Activation) -> Tensor

  let shape: Shape
  private var work: Work?
  private var result: Tensor?

  /// What is held until it has run.
  fileprivate struct Work {
    let input: Tensor
    let filter: Tensor
    var bias: Tensor?
    var addend: Tensor?
    let outputs: Shape
    let groups: Int
    let isTransposed: Bool
    /// The context in which it was requested: it runs on those threads, in that memory.
    let context = ComputeContext.current
    let body: Body

    func run(_ activation: Activation) -> Tensor {
      ComputeContext.$current.withValue(context) { body(input, filter, bias, addend, activation) }
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
    let shape: Shape = [input.shape[0], extent.height, extent.width, outputs]
    self.init(
      shape,
      Work(
        input: input.value, filter: filter.value, bias: bias?.value, outputs: shape, groups: groups,
        isTransposed: isTransposed, body: body))
  }

  /// The product of `rows` `[..., inputs]`, which are the pixels of a picture, and `matrix` `[inputs, outputs]`;
  /// neither is empty.
  convenience init(rows: Tensor, matrix: Tensor) {
    let inputs = rows.shape[-1]
    require(
      rows.shape.rank >= 2 && matrix.shape.rank == 2 && matrix.shape[0] == inputs,
      "matrixProduct: expects [..., m, k] and [k, n]; got \(rows.shape) and \(matrix.shape)")
    let (count, outputs) = (rows.count / inputs, matrix.shape[1])
    self.init(
      Shape(rows.shape.dimensions.dropLast() + [outputs]),
      Work(
        input: rows.reshaped(to: [1, count, 1, inputs]), filter: matrix.reshaped(to: [1, 1, inputs, outputs]),
        outputs: [1, count, 1, outputs], groups: 1, isTransposed: false
      ) { input, filter, bias, addend, activation in
        Convolution.forward(
          input, filter: filter, bias: bias, adding: addend, geometry: .single(of: count), activation: activation)
      })
  }

  private init(_ shape: Shape, _ work: Work) {
    self.shape = shape
    self.work = work
  }

  var hasRun: Bool { work == nil }

  var value: Tensor {
    if let work = work.take() { result = work.run(.identity).reshaped(to: shape) }
    return result ?? .zeros(shape)
  }

  func value(through activation: Activation) -> Tensor {
    work?.run(activation).reshaped(to: shape) ?? activation(value)
  }

  func adding(_ other: Variable) -> (any DeferredValue)? {
    guard var work, work.addend == nil else { return nil }
    if other.shape == [shape[-1]] && work.bias == nil {
      work.bias = other.value
    } else if other.shape == shape {
      work.addend = other.value.reshaped(to: work.outputs)
    } else {
      return nil
    }
    return DeferredConvolution(shape, work)
  }

  /// The convolution that computes this one and a batch normalization together, if this one has not run.
  func normalized(
    scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, epsilon: Float
  ) -> DeferredConvolution? {
    guard let work, work.addend == nil else { return nil }
    func factors() -> Tensor {
      Convolution.normalizingFactors(scale: scale, variance: variance, epsilon: epsilon)
    }
    let bits = Int(epsilon.bitPattern)
    let filter = kept(
      from: [work.filter, scale, variance], for: "normalized filter", [work.isTransposed ? 1 : 0, work.groups, bits]
    ) { Convolution.scaled(work.filter, by: factors(), groups: work.groups, isTransposed: work.isTransposed) }
    let bias = kept(
      from: [work.bias, mean, scale, offset, variance].compactMap(\.self), for: "normalized bias", [bits]
    ) {
      Convolution.normalized(bias: work.bias, mean: mean, offset: offset, factors: factors())
    }
    return DeferredConvolution(
      shape,
      Work(
        input: work.input, filter: filter, bias: bias, outputs: work.outputs, groups: work.groups,
        isTransposed: work.isTransposed, body: work.body))
  }
}

/// A value that follows from parameters alone, such as the product of two matrices: recorded on the tape of `variable`,
/// or, without one, from an earlier pass where the context keeps such tensors.
///
/// - Parameters:
///   - parameters: what it follows from.
///   - purpose: tells it from others that follow from the same parameters, with `number`.
///   - number: tells it from others of the same purpose.
///   - variable: whose tape it is recorded on.
///   - make: computes it from the parameters' variables.
public func derived(
  from parameters: [Parameter], for purpose: String, _ number: Int = 0, joining variable: Variable,
  _ make: ([Variable]) -> Variable
) -> Variable {
  guard variable.tape == nil else { return make(parameters.map { $0.joining(variable) }) }
  let values = parameters.map(\.value)
  return Variable(kept(from: values, for: purpose, [number]) { make(values.map { Variable($0) }).value })
}

/// What `make` returns, from an earlier pass where the context keeps such tensors.
private func kept(from sources: [Tensor], for purpose: String, _ details: [Int], make: () -> Tensor) -> Tensor {
  ComputeContext.current.prepared?.tensor(from: sources, for: purpose, details, make: make) ?? make()
}
