import Tessera

extension Tensor {
  /// Returns numbers between -1 and 1, with about as many of each sign as activations and gradients have.
  static func random(_ shape: Shape) -> Tensor {
    var stream = RandomStream(seed: UInt64(shape.elementCount))
    return Tensor(shape: shape) { buffer in
      for index in buffer.indices { buffer[index] = stream.uniform(in: -1..<1) }
    }
  }
}
