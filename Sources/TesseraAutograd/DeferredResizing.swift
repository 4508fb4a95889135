import TesseraKernels
import TesseraTensors

/// A resized picture, which is computed when its value is first needed: until then something that is added to it can be
/// added while it is made, row by row, so the sum reads and writes memory once.
final class DeferredResizing: DeferredValue {
  let shape: Shape
  private let context = ComputeContext.current
  private let resizing: Resizing
  /// What is resized, until that has happened, and of the result's shape what is added.
  private var work: (input: Tensor, addend: Tensor?)?
  private var result: Tensor?

  /// - Parameter input: `[batch, height, width, channels]`.
  convenience init(_ input: Tensor, to size: Extent, _ interpolation: Interpolation) {
    self.init(
      [input.shape[0], size.height, size.width, input.shape[3]],
      Resizing(from: input.shape.extent, to: size, interpolation), input, adding: nil)
  }

  private init(_ shape: Shape, _ resizing: Resizing, _ input: Tensor, adding addend: Tensor?) {
    self.shape = shape
    self.resizing = resizing
    work = (input, addend)
  }

  var hasRun: Bool { work == nil }

  var value: Tensor {
    if let (input, addend) = work.take() {
      result = ComputeContext.$current.withValue(context) { resizing(input, adding: addend) }
    }
    return result ?? .zeros(shape)
  }

  func value(through activation: Activation) -> Tensor { activation(value) }

  func adding(_ other: Variable) -> (any DeferredValue)? {
    guard let (input, addend) = work, addend == nil, other.shape == shape else { return nil }
    // A convolution or a normalization can take a sum into its own pass.
    guard other.deferred == nil || other.deferred is DeferredResizing else { return nil }
    return DeferredResizing(shape, resizing, input, adding: other.value)
  }
}
