import TesseraTensors

extension Tensor {
  /// Element by element, with broadcasting: axes are aligned at the last one, and an axis of length 1 repeats.
  public static func + (left: Tensor, right: Tensor) -> Tensor { BinaryKernel.add(left, right) }
  public static func - (left: Tensor, right: Tensor) -> Tensor { BinaryKernel.subtract(left, right) }
  public static func * (left: Tensor, right: Tensor) -> Tensor { BinaryKernel.multiply(left, right) }
  public static func / (left: Tensor, right: Tensor) -> Tensor { BinaryKernel.divide(left, right) }

  public static func + (left: Tensor, right: Float) -> Tensor { left + Tensor(right) }
  public static func - (left: Tensor, right: Float) -> Tensor { left - Tensor(right) }
  public static func * (left: Tensor, right: Float) -> Tensor { left * Tensor(right) }
  public static func / (left: Tensor, right: Float) -> Tensor { left / Tensor(right) }
  public static func + (left: Float, right: Tensor) -> Tensor { Tensor(left) + right }
  public static func - (left: Float, right: Tensor) -> Tensor { Tensor(left) - right }
  public static func * (left: Float, right: Tensor) -> Tensor { Tensor(left) * right }
  public static func / (left: Float, right: Tensor) -> Tensor { Tensor(left) / right }

  /// In place; `right` broadcasts into `left`'s shape.
  public static func += (left: inout Tensor, right: Tensor) { BinaryKernel.add.apply(to: &left, right) }
  public static func -= (left: inout Tensor, right: Tensor) { BinaryKernel.subtract.apply(to: &left, right) }
  public static func *= (left: inout Tensor, right: Tensor) { BinaryKernel.multiply.apply(to: &left, right) }
  public static func /= (left: inout Tensor, right: Tensor) { BinaryKernel.divide.apply(to: &left, right) }
  public static func *= (left: inout Tensor, right: Float) { left *= Tensor(right) }

  public static prefix func - (tensor: Tensor) -> Tensor {
    tensor.mapBlocks { a, out, range in kernels.negate(a, out, range.count) }
  }

  /// The larger element of each pair, with broadcasting.
  public static func maximum(_ left: Tensor, _ right: Tensor) -> Tensor { BinaryKernel.maximum(left, right) }

  /// The smaller element of each pair, with broadcasting.
  public static func minimum(_ left: Tensor, _ right: Tensor) -> Tensor { BinaryKernel.minimum(left, right) }

  /// Element by element.
  public func absolute() -> Tensor { mapBlocks { a, out, range in kernels.absolute(a, out, range.count) } }
  /// The square of each element.
  public func squared() -> Tensor { mapBlocks { a, out, range in kernels.square(a, out, range.count) } }
  /// The square root of each element.
  public func squareRoot() -> Tensor { mapBlocks { a, out, range in kernels.square_root(a, out, range.count) } }
  /// e to the power of each element.
  public func exponential() -> Tensor { mapBlocks { a, out, range in kernels.exponential(a, out, range.count) } }
  /// The natural logarithm of each element.
  public func logarithm() -> Tensor { mapBlocks { a, out, range in kernels.logarithm(a, out, range.count) } }

  /// `self += scale * other`, in one pass over tensors of one shape.
  public mutating func add(_ other: Tensor, scaledBy scale: Float) {
    require(shape == other.shape, "add(scaledBy:): shapes \(shape) and \(other.shape) differ")
    withUnsafeMutableBufferPointer { out in
      other.withUnsafeBufferPointer { a in
        parallelFor(a.count, grain: pointwiseGrain) { range in
          kernels.add_scaled(a.baseAddress! + range.lowerBound, scale, out.baseAddress! + range.lowerBound, range.count)
        }
      }
    }
  }
}
