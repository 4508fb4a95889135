import Foundation
import TesseraKernels

/// Why a network cannot be exported.
public enum ONNXError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// There is no translation of this operation, in the layer of this name.
  case unsupported(operation: String, layer: String)
  /// What the operation does depends on the size of the picture.
  case dependsOnSize(operation: String, layer: String)
  /// The network cannot take the requested size.
  case size(Extent, multiple: Int)
  /// There must be at least one picture in a batch.
  case batch(Int)

  public var description: String {
    switch self {
    case .unsupported(let operation, let layer):
      "the network cannot be written as ONNX: there is no translation of the operation \(operation) of layer \(layer)"
    case .dependsOnSize(let operation, let layer):
      "the network cannot be written as ONNX for pictures of any size: what \(operation) of layer \(layer) does depends "
        + "on the size or the batch; name both (--size, --batch)"
    case .size(let size, let multiple):
      "the network takes pictures whose sides are positive multiples of \(multiple); got "
        + "\(size.width) x \(size.height)"
    case .batch(let count): "a batch has at least one picture; got \(count)"
    }
  }
  public var errorDescription: String? { description }
}
