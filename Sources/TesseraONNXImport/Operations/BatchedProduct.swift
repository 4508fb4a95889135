import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// Products of as many matrices as two batches have: `[batch, m, k]` and `[batch, k, n]` to `[batch, m, n]`; a batch of
/// one matrix serves all of the other.
struct BatchedProduct: ReplayableOperation {
  let name = "batchedMatrixProduct"
  /// Whether the right matrices are stored as `[batch, n, k]`.
  let isRightTransposed: Bool

  func result(of inputs: [Tensor]) -> Tensor {
    let (left, right) = (inputs[0], inputs[1])
    let count = max(left.shape[0], right.shape[0])
    let n = right.shape[isRightTransposed ? 1 : 2]
    let products = (0..<count).map { index in
      left.matrix(index).matrixProduct(right.matrix(index), otherTransposed: isRightTransposed)
    }
    return Self.joined(products, [count, left.shape[1], n])
  }

  func callAsFunction(_ left: Variable, _ right: Variable) -> Variable {
    let work =
      max(left.shape[0], right.shape[0]) * left.shape[1] * left.shape[2] * right.shape[isRightTransposed ? 1 : 2]
    return .operation(replaying: self, on: [left, right], multiplyAdds: work) { gradient, inputs, _ in
      let (left, right) = (inputs[0], inputs[1])
      let products = (0..<gradient.shape[0]).map { index in
        let (dy, a, b) = (gradient.matrix(index), left.matrix(index), right.matrix(index))
        return (
          dy.matrixProduct(b, otherTransposed: !isRightTransposed),
          isRightTransposed ? dy.matrixProduct(a, transposed: true) : a.matrixProduct(dy, transposed: true)
        )
      }
      func gathered(_ parts: [Tensor], _ shape: Shape) -> Tensor {
        let all = Self.joined(parts, Shape([parts.count] + shape.dimensions.dropFirst()))
        return all.shape == shape ? all : all.sum(along: [0], keepingAxes: true)
      }
      return [gathered(products.map(\.0), left.shape), gathered(products.map(\.1), right.shape)]
    }
  }

  private static func joined(_ matrices: [Tensor], _ shape: Shape) -> Tensor {
    matrices.isEmpty ? .zeros(shape) : Tensor.concatenation(matrices, along: 0).reshaped(to: shape)
  }
}

extension Tensor {
  /// One matrix of a batch, or the only one.
  fileprivate func matrix(_ index: Int) -> Tensor {
    let size = shape[1] * shape[2]
    let start = shape[0] == 1 ? 0 : index * size
    return part(start..<start + size).reshaped(to: [shape[1], shape[2]])
  }
}
