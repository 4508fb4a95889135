import TesseraTensors

extension Tensor {
  /// The matrix product `[..., m, n]` of `[..., m, k]` and `[k, n]`; either operand may be transposed.
  ///
  /// Rows are the pixels of a convolution whose window is one of them: a product with a transposed matrix is its
  /// gradient by the input, and that of a transposed matrix its gradient by the filter.
  /// - Parameters:
  ///   - other: the right factor, `[k, n]`.
  ///   - transposed: whether this tensor is stored as `[k, m]` (rank 2 only).
  ///   - otherTransposed: whether `other` is stored as `[n, k]`.
  public func matrixProduct(
    _ other: Tensor, transposed: Bool = false, otherTransposed: Bool = false
  ) -> Tensor {
    require(
      shape.rank >= 2 && other.shape.rank == 2 && (!transposed || shape.rank == 2),
      "matrixProduct: expects [..., m, k] and [k, n]; got \(shape) and \(other.shape)")
    let k = transposed ? shape[0] : shape[-1]
    let m = transposed ? shape[1] : count / max(1, k)
    let n = otherTransposed ? other.shape[0] : other.shape[1]
    require(
      k == (otherTransposed ? other.shape[1] : other.shape[0]),
      "matrixProduct: the inner lengths differ: \(shape)\(transposed ? " transposed" : "") and "
        + "\(other.shape)\(otherTransposed ? " transposed" : "")")
    let result = transposed ? Shape([m, n]) : Shape(shape.dimensions.dropLast() + [n])
    guard k > 0 && result.elementCount > 0 else { return .zeros(result) }
    func pixels(_ matrix: Tensor) -> Tensor {
      matrix.reshaped(to: [1, matrix.count / matrix.shape[-1], 1, matrix.shape[-1]])
    }
    func filter(_ matrix: Tensor) -> Tensor { matrix.reshaped(to: [1, 1, matrix.shape[0], matrix.shape[1]]) }
    let geometry = WindowGeometry.single(of: transposed ? k : m)
    if transposed {
      let right = otherTransposed ? other.transposed([1, 0]) : other
      return Convolution.filterGradient(pixels(self), outputGradient: pixels(right), geometry: geometry)
        .reshaped(to: result)
    }
    return
      (otherTransposed
      ? Convolution.inputGradient(pixels(self), filter: filter(other), geometry: geometry)
      : Convolution.forward(pixels(self), filter: filter(other), geometry: geometry)).reshaped(to: result)
  }
}

extension WindowGeometry {
  /// Windows of one pixel, on `pixels` pixels below each other.
  package static func single(of pixels: Int) -> WindowGeometry {
    WindowGeometry("matrixProduct", input: Extent(height: pixels, width: 1), window: 1, padding: .valid)
  }
}
