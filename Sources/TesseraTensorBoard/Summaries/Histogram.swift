import TesseraTensors

/// The distribution of a tensor's numbers: 30 buckets of equal width between the smallest and the largest, as in
/// TensorFlow's summaries.
public struct Histogram: Sendable, Equatable {
  /// A range of numbers.
  public struct Bucket: Sendable, Equatable {
    /// The smallest number that counts here.
    public let lower: Double
    /// Where the next bucket begins; in the last one this number counts too.
    public let upper: Double
    public let count: Int
  }

  /// From the smallest numbers to the largest.
  public let buckets: [Bucket]

  /// Numbers that are infinite or NaN are left out. If all are equal, the last bucket has them.
  ///
  /// - Complexity: two passes over the tensor.
  public init(of tensor: Tensor, buckets count: Int = 30) {
    require(count > 0, "Histogram: there must be at least one bucket; got \(count)")
    buckets = tensor.withUnsafeBufferPointer { numbers in
      let (least, greatest) = Self.range(of: numbers)
      guard least < greatest else {
        let edge = least == greatest ? Double(least) : 0
        let equal = numbers.reduce(0) { $0 + ($1.isFinite ? 1 : 0) }
        return (1...count).map { Bucket(lower: edge, upper: edge, count: $0 == count ? equal : 0) }
      }
      let width = (Double(greatest) - Double(least)) / Double(count)
      let counts = Self.counts(of: numbers, from: least, width: width, count)
      return (0..<count).map { index in
        Bucket(
          lower: Double(least) + Double(index) * width,
          upper: index + 1 == count ? Double(greatest) : Double(least) + Double(index + 1) * width,
          count: counts[index])
      }
    }
  }

  /// The smallest and the largest finite number; infinity and minus infinity if there is none.
  private static func range(of numbers: UnsafeBufferPointer<Float>) -> (Float, Float) {
    var (least, greatest) = (Float.infinity, -Float.infinity)
    for number in numbers where number.isFinite {
      least = min(least, number)
      greatest = max(greatest, number)
    }
    return (least, greatest)
  }

  private static func counts(
    of numbers: UnsafeBufferPointer<Float>, from least: Float, width: Double, _ count: Int
  ) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    let (start, scale) = (Double(least), 1 / width)
    counts.withUnsafeMutableBufferPointer { counts in
      for number in numbers where number.isFinite {
        counts[min(count - 1, Int((Double(number) - start) * scale))] += 1
      }
    }
    return counts
  }
}
