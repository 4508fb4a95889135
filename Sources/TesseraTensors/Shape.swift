/// The lengths of a tensor's axes, outermost first; images are `[batch, height, width, channels]`.
///
/// ```swift
/// let shape: Shape = [5, 128, 128, 3]
/// shape.elementCount   // 245760
/// shape[-1]            // 3: negative axes count from the end
/// ```
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The lengths, outermost axis first.
  public let dimensions: [Int]

  /// Creates a shape with these lengths; stops at negative ones.
  public init(_ dimensions: [Int]) {
    require(dimensions.allSatisfy { $0 >= 0 }, "Shape: lengths must not be negative; got \(dimensions)")
    require(
      Self.isAddressable(dimensions), "Shape: \(dimensions) has more elements than a memory can hold")
    self.dimensions = dimensions
  }

  /// Creates a shape from lengths in a file; `nil` if no tensor can have them: a negative length, more elements than
  /// memory can hold, or more axes than any program writes.
  ///
  /// The only way in which sizes from outside become a shape. Whether its elements are there must still be checked.
  public init?(fromFile dimensions: [Int]) {
    guard dimensions.count <= Self.mostAxesInFiles, dimensions.allSatisfy({ $0 >= 0 }), Self.isAddressable(dimensions)
    else { return nil }
    self.dimensions = dimensions
  }

  /// NumPy's and PyTorch's limit.
  static let mostAxesInFiles = 64

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The number of axes; 0 for a scalar.
  public var rank: Int { dimensions.count }

  /// The product of all lengths; 1 for a scalar.
  public var elementCount: Int { dimensions.reduce(1, *) }

  /// The length of `axis`; negative axes count from the end.
  public subscript(axis: Int) -> Int { dimensions[normalized(axis, in: "Shape")] }

  /// `axis` counted from the front; stops with `operation`'s name if there is no such axis.
  public func normalized(_ axis: Int, in operation: String) -> Int {
    let index = axis < 0 ? axis + rank : axis
    require(index >= 0 && index < rank, "\(operation): there is no axis \(axis) in shape \(self)")
    return index
  }

  /// The step in elements from one index to the next along each axis, in row-major order.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }

  public var description: String { dimensions.description }

  // Without the zeros, so that strides do not overflow either.
  private static func isAddressable(_ dimensions: [Int]) -> Bool {
    var bytes = MemoryLayout<Float>.stride
    for length in dimensions where length > 0 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: length)
      if overflow { return false }
      bytes = product
    }
    return true
  }
}
