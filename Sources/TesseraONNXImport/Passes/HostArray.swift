/// A small array that is computed in Swift while a graph is followed: shapes, indices, factors of sizes.
///
/// Elements are kept as Double, in which integers up to 2^53 are exact; truth values are 0 and 1.
struct HostArray: Sendable, Equatable {
  /// The lengths of the axes.
  var shape: [Int]
  /// In row-major order.
  var values: [Double]
  /// Whether the elements are integers or truth values: their quotients are cut to integers.
  var isInteger: Bool

  /// More elements than any shape, list of axes or grid of positions has.
  static let mostElements = 1 << 22
  /// The same for all arrays of a pass together.
  static let mostElementsOfPass = 1 << 25

  init(shape: [Int], values: [Double], isInteger: Bool) {
    (self.shape, self.values, self.isInteger) = (shape, values, isInteger)
  }

  /// A vector of integers.
  init(_ integers: [Int]) {
    self.init(shape: [integers.count], values: integers.map(Double.init), isInteger: true)
  }

  var count: Int { values.count }

  /// The elements as integers; those beyond what an array's index can be are cut to that.
  var integers: [Int] {
    values.map { $0.isNaN ? 0 : $0 >= 0x1p62 ? Int.max : $0 <= -0x1p62 ? Int.min : Int($0) }
  }

  /// The same elements in another shape, which must hold as many.
  func reshaped(to shape: [Int]) throws(NodeFault) -> HostArray {
    guard shape.reduce(1, *) == count else { throw NodeFault("\(self.shape) cannot be reshaped to \(shape)") }
    return HostArray(shape: shape, values: values, isInteger: isInteger)
  }

  /// The parts of `axis` at `indices`, in their order.
  func selecting(_ indices: [Int], along axis: Int) -> HostArray {
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    var (selected, lengths) = ([Double](), shape)
    lengths[axis] = indices.count
    selected.reserveCapacity(outer * indices.count * inner)
    for block in 0..<outer {
      for index in indices {
        let start = (block * shape[axis] + index) * inner
        selected += values[start..<start + inner]
      }
    }
    return HostArray(shape: lengths, values: selected, isInteger: isInteger)
  }

  /// The axes in another order: axis k of the result is axis `order[k]`.
  func transposed(_ order: [Int]) -> HostArray {
    let lengths = order.map { shape[$0] }
    let strides = Self.strides(of: shape)
    let result = (0..<count).map { index in
      var (rest, offset) = (index, 0)
      for axis in order.indices.reversed() {
        offset += rest % lengths[axis] * strides[order[axis]]
        rest /= lengths[axis]
      }
      return values[offset]
    }
    return HostArray(shape: lengths, values: result, isInteger: isInteger)
  }

  /// The elements repeated along axes of length 1 or none.
  func repeated(to target: [Int]) throws(NodeFault) -> HostArray {
    if shape == target { return self }
    let padded = [Int](repeating: 1, count: max(0, target.count - shape.count)) + shape
    guard padded.count == target.count, zip(padded, target).allSatisfy({ $0 == $1 || $0 == 1 }) else {
      throw NodeFault("\(shape) does not broadcast to \(target)")
    }
    let count = try Self.count(of: target)
    let strides = zip(Self.strides(of: padded), padded).map { $1 == 1 ? 0 : $0 }
    let result = (0..<count).map { index in
      var (rest, offset) = (index, 0)
      for axis in target.indices.reversed() {
        offset += rest % target[axis] * strides[axis]
        rest /= target[axis]
      }
      return values[offset]
    }
    return HostArray(shape: target, values: result, isInteger: isInteger)
  }

  /// The number of elements of a shape that the graph asks for.
  static func count(of shape: [Int]) throws(NodeFault) -> Int {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow, product <= mostElements else {
        throw NodeFault("an array of the shape \(shape) is larger than shapes and indices are")
      }
      count = product
    }
    return count
  }

  private static func strides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }
}

/// Checks that a feature map of these lengths is one that some machine could hold, before it becomes a shape.
func requireRoom(for lengths: [Int]) throws(NodeFault) {
  var count = 1
  for length in lengths {
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard length >= 0, !overflow, product <= 1 << 34 else {
      throw NodeFault("a feature map of the shape \(lengths) is larger than memory")
    }
    count = product
  }
}

/// What is wrong with one node of a graph; who follows the graph knows which.
struct NodeFault: Error, Equatable {
  let reason: String
  /// The file beside the graph's that is missing, if that is what is wrong.
  let missingFile: String?

  init(_ reason: String, missingFile: String? = nil) { (self.reason, self.missingFile) = (reason, missingFile) }
}

/// The shape that arrays of two shapes have together: axes are aligned at the last one, and a length of 1 repeats.
func broadcastShape(_ left: [Int], _ right: [Int]) throws(NodeFault) -> [Int] {
  let rank = max(left.count, right.count)
  let a = [Int](repeating: 1, count: rank - left.count) + left
  let b = [Int](repeating: 1, count: rank - right.count) + right
  guard zip(a, b).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else {
    throw NodeFault("the shapes \(left) and \(right) do not broadcast")
  }
  return zip(a, b).map { $0 == 1 ? $1 : $0 }
}
