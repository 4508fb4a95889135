import TesseraTensors

/// An array of `Double` with a shape, row-major: what the oracles compute with.
public struct DoubleArray {
  public let shape: Shape
  public var scalars: [Double]

  public init(_ scalars: [Double], shape: Shape) {
    require(scalars.count == shape.elementCount, "DoubleArray: \(scalars.count) elements do not make \(shape)")
    self.shape = shape
    self.scalars = scalars
  }

  /// An array in which every element is `value`.
  public init(repeating value: Double = 0, shape: Shape) {
    self.init([Double](repeating: value, count: shape.elementCount), shape: shape)
  }

  /// The elements of `tensor`, exactly.
  public init(_ tensor: Tensor) { self.init(tensor.scalars.map(Double.init), shape: tensor.shape) }

  /// An array whose element at each index `element` computes.
  public init(shape: Shape, element: (_ index: [Int]) -> Double) {
    self.init(shape.indices.map(element), shape: shape)
  }

  public subscript(indices: Int...) -> Double {
    get { scalars[offset(indices)] }
    set { scalars[offset(indices)] = newValue }
  }

  public subscript(index index: [Int]) -> Double {
    get { scalars[offset(index)] }
    set { scalars[offset(index)] = newValue }
  }

  private func offset(_ index: [Int]) -> Int {
    zip(index, shape.dimensions).reduce(0) { $0 * $1.1 + $1.0 }
  }

  public func map(_ transform: (Double) -> Double) -> DoubleArray { DoubleArray(scalars.map(transform), shape: shape) }

  /// The inner product of all elements.
  public func dot(_ other: DoubleArray) -> Double {
    zip(scalars, other.scalars).reduce(0) { $0 + $1.0 * $1.1 }
  }

  public func reshaped(to shape: Shape) -> DoubleArray { DoubleArray(scalars, shape: shape) }

  /// Elements of two arrays combined with NumPy's broadcasting rule.
  public func combined(with other: DoubleArray, _ combine: (Double, Double) -> Double) -> DoubleArray {
    let rank = max(shape.rank, other.shape.rank)
    func padded(_ shape: Shape) -> [Int] { [Int](repeating: 1, count: rank - shape.rank) + shape.dimensions }
    let (a, b) = (padded(shape), padded(other.shape))
    let result = Shape(zip(a, b).map { $0 == 1 ? $1 : $0 })
    func pick(_ index: [Int], _ lengths: [Int]) -> [Int] { zip(index, lengths).map { $1 == 1 ? 0 : $0 } }
    let left = reshaped(to: Shape(a))
    let right = other.reshaped(to: Shape(b))
    return DoubleArray(shape: result) { combine(left[index: pick($0, a)], right[index: pick($0, b)]) }
  }

  /// Folds the elements along `axes`, which stay with length 1.
  public func reduced(along axes: Set<Int>, from start: Double, _ combine: (Double, Double) -> Double) -> DoubleArray {
    let lengths = shape.dimensions.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
    var result = DoubleArray(repeating: start, shape: Shape(lengths))
    for index in shape.indices {
      let target = index.enumerated().map { axes.contains($0.offset) ? 0 : $0.element }
      result[index: target] = combine(result[index: target], self[index: index])
    }
    return result
  }

  /// The mean along `axes`, which stay with length 1.
  public func mean(along axes: Set<Int>) -> DoubleArray {
    let length = axes.reduce(1) { $0 * shape.dimensions[$1] }
    return reduced(along: axes, from: 0, +).map { $0 / Double(length) }
  }
}

extension Shape {
  /// The indices of all elements in row-major order.
  public var indices: [[Int]] {
    dimensions.reduce([[]]) { found, length in found.flatMap { index in (0..<length).map { index + [$0] } } }
  }
}

extension Tensor {
  /// The elements of `array`, rounded.
  public init(_ array: DoubleArray) { self.init(array.scalars.map(Float.init), shape: array.shape) }

  /// Uniform numbers in `range`; the same for the same seed.
  public static func random(_ shape: Shape, seed: UInt64 = 1, in range: Range<Float> = -1..<1) -> Tensor {
    var stream = RandomStream(seed: seed).derived("test", shape.elementCount)
    return Tensor((0..<shape.elementCount).map { _ in stream.uniform(in: range) }, shape: shape)
  }

  /// All different numbers, `gap` apart, in random order: no two compete within a window.
  public static func distinct(_ shape: Shape, seed: UInt64 = 1, gap: Float = 0.0625) -> Tensor {
    var stream = RandomStream(seed: seed).derived("distinct", shape.elementCount)
    let order = stream.permutation(of: shape.elementCount)
    return Tensor(order.map { (Float($0 - shape.elementCount / 2) + 0.5) * gap }, shape: shape)
  }
}
