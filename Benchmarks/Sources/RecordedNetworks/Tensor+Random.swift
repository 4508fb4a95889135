import Tessera

extension Tensor {
  /// Returns numbers between -1 and 1, with about as many of each sign as activations and gradients have.
  public static func random(_ shape: Shape) -> Tensor {
    .uniform(shape, from: -1, to: 1, key: UInt64(shape.elementCount))
  }
}
