import TesseraTensors

extension Tensor {
  /// Uniform numbers between `low` and `high`, neither end included; `key` names the draw.
  public static func uniform(_ shape: Shape, from low: Float, to high: Float, key: UInt64) -> Tensor {
    filled(shape) { out, range in kernels.uniform(out, range.lowerBound, range.count, key, low, high) }
  }

  /// Numbers of a normal distribution with mean 0 that is cut off at two deviations.
  ///
  /// - Parameters:
  ///   - shape: the result's.
  ///   - deviation: of the distribution before it is cut; the result's is 0.8796 times that.
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
