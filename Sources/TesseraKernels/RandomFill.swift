import TesseraTensors

extension Tensor {
  /// Uniform numbers between `low` and `high`, both exclusive; `key` identifies the draw.
  public static func uniform(_ shape: Shape, from low: Float, to high: Float, key: UInt64) -> Tensor {
    filled(shape) { out, range in kernels.uniform(out, range.lowerBound, range.count, key, low, high) }
  }

  /// Numbers from a normal distribution with mean 0, truncated at two standard deviations.
  ///
  /// - Parameters:
  ///   - shape: the shape of the result.
  ///   - deviation: the standard deviation before truncation; the result's is 0.8796 times that.
  ///   - key: what the numbers are drawn from.
  public static func truncatedNormal(_ shape: Shape, deviation: Float, key: UInt64) -> Tensor {
    filled(shape) { out, range in kernels.truncated_normal(out, range.lowerBound, range.count, key, deviation) }
  }

  private static func filled(_ shape: Shape, _ fill: (UnsafeMutablePointer<Float>, Range<Int>) -> Void) -> Tensor {
    Tensor(shape: shape) { out in
      parallelFor(shape.elementCount, grain: pointwiseGrain) { range in fill(out.baseAddress! + range.lowerBound, range)
      }
    }
  }
}
