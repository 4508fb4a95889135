import Foundation
import TesseraTensors

extension Tensor {
  /// Each element to the power of `exponent`, like C's `powf`.
  public func power(_ exponent: Float) -> Tensor {
    if exponent == 1 { return self }
    if exponent == 2 { return squared() }
    return mapBlocks { a, out, range in for offset in 0..<range.count { out[offset] = pow(a[offset], exponent) } }
  }

  /// The gradient of `power(exponent)` at these elements: exponent * x^(exponent - 1) * gradient.
  public func powerBackward(_ gradient: Tensor, exponent: Float) -> Tensor {
    // Not 0 * infinity at 0.
    exponent == 0 ? .zeros(shape) : power(exponent - 1) * gradient * exponent
  }

  /// Each element clamped to `range`; a NaN stays one.
  public func clamped(to range: ClosedRange<Float>) -> Tensor {
    mapBlocks { a, out, part in
      var (lower, upper) = (range.lowerBound, range.upperBound)
      kernels.maximum.vs(a, &lower, out, part.count)
      kernels.minimum.vs(out, &upper, out, part.count)
    }
  }

  /// The gradient of `clamped(to:)` at these elements: that of the result where an element lies within the range,
  /// bounds included, else 0.
  public func clampedBackward(_ gradient: Tensor, to range: ClosedRange<Float>) -> Tensor {
    require(shape == gradient.shape, "clamped gradient: expects shape \(shape); got \(gradient.shape)")
    return gradient.withUnsafeBufferPointer { dy in
      withUnsafeBufferPointer { x in
        mapBlocks { _, out, part in
          for index in part {
            out[index - part.lowerBound] = x[index] >= range.lowerBound && x[index] <= range.upperBound ? dy[index] : 0
          }
        }
      }
    }
  }
}
