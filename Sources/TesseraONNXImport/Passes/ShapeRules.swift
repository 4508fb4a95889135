/// The shapes of results that follow from shapes of inputs alone, where parts of graphs that are one operation ask for
/// them.
let shapeRules: [String: @Sendable (NodeCall) throws(NodeFault) -> [Int]] = [
  "Add": { call throws(NodeFault) in try broadcastShape(try call.shape(0), try call.shape(1)) },
  "MatMul": { call throws(NodeFault) in
    let (left, right) = (try call.shape(0), try call.shape(1))
    guard left.count >= 2, right.count == 2, left[left.count - 1] == right[0] else {
      throw NodeFault("no product of \(left) and \(right)")
    }
    return left.dropLast() + [right[1]]
  },
  "Reshape": reshapedShape,
  "Transpose": { call throws(NodeFault) in
    let shape = try call.shape(0)
    return try permutation(of: call, rank: shape.count).map { shape[$0] }
  },
]

extension NodeCall {
  /// The lengths of an input's axes.
  fileprivate func shape(_ index: Int) throws(NodeFault) -> [Int] {
    guard let value = input(index) else { throw NodeFault("its input \(index + 1) is missing") }
    return value.shape
  }
}

/// A part of one axis: what a `Slice` takes of it.
struct SliceStep {
  let axis: Int
  let indices: [Int]

  /// The steps of a node of the type `Slice` on an array of a shape.
  static func all(of call: NodeCall, shape: [Int]) throws(NodeFault) -> [SliceStep] {
    // Up to version 9, attributes say what later inputs say.
    guard let starts = try call.integers("starts", orInput: 1), let ends = try call.integers("ends", orInput: 2) else {
      throw NodeFault("it has no starts and ends")
    }
    let axes = try call.axes(input: 3, rank: shape.count) ?? Array(starts.indices)
    let steps = try call.hostIfPresent(4)?.integers ?? starts.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count,
      axes.allSatisfy(shape.indices.contains), !steps.contains(0)
    else { throw NodeFault("its starts \(starts), ends \(ends), axes \(axes) and steps \(steps) do not fit") }
    return starts.indices.map { index in
      let (length, step) = (shape[axes[index]], steps[index])
      // Positions are cut to the axis before anything is computed with them.
      func position(_ value: Int, _ range: ClosedRange<Int>) -> Int {
        let counted = value < 0 ? (value < -length ? range.lowerBound : value + length) : value
        return min(max(counted, range.lowerBound), range.upperBound)
      }
      let bounds = step > 0 ? 0...length : -1...max(-1, length - 1)
      let start = position(starts[index], step > 0 ? 0...length : 0...max(0, length - 1))
      let end = position(ends[index], bounds)
      let limited = step > 0 ? min(step, max(1, length)) : max(step, -max(1, length))
      return SliceStep(axis: axes[index], indices: length == 0 ? [] : Array(stride(from: start, to: end, by: limited)))
    }
  }
}

/// Indices counted from the front.
func wrapped(_ indices: [Int], length: Int) throws(NodeFault) -> [Int] {
  for index in indices where index < -length || index >= length {
    throw NodeFault("its index \(index) lies outside an axis of \(length)")
  }
  return indices.map { $0 < 0 ? $0 + length : $0 }
}

/// The shape that a node of the type `Reshape` asks for.
func reshapedShape(of call: NodeCall) throws(NodeFault) -> [Int] {
  guard let input = call.input(0) else { throw NodeFault("its input is missing") }
  var lengths = try call.host(1).integers
  if try call.integer("allowzero", or: 0) == 0 {
    for (axis, length) in lengths.enumerated() where length == 0 && axis < input.shape.count {
      lengths[axis] = input.shape[axis]
    }
  }
  let open = lengths.indices.filter { lengths[$0] == -1 }
  let known = lengths.filter { $0 != -1 }
  var product = 1
  for length in known {
    let (next, overflow) = product.multipliedReportingOverflow(by: length)
    guard length >= 0, !overflow else { throw NodeFault("it asks for the shape \(lengths)") }
    product = next
  }
  let count = input.shape.reduce(1, *)
  guard open.count <= 1, open.isEmpty ? product == count : product > 0 && count % product == 0 else {
    throw NodeFault("\(input.shape) cannot be reshaped to \(lengths)")
  }
  if let axis = open.first { lengths[axis] = count / product }
  return lengths
}

/// The two lengths that a node of the type `Flatten` leaves.
func flattenedShape(of call: NodeCall) throws(NodeFault) -> [Int] {
  let shape = call.input(0)?.shape ?? []
  let given = try call.integer("axis", or: 1)
  let axis = given < 0 ? given + shape.count : given
  guard (0...shape.count).contains(axis) else { throw NodeFault("its input \(shape) has no axis \(given)") }
  return [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]
}

func squeezedShape(of call: NodeCall) throws(NodeFault) -> [Int] {
  let shape = call.input(0)?.shape ?? []
  let axes = try call.axes(input: 1, rank: shape.count) ?? shape.indices.filter { shape[$0] == 1 }
  guard axes.allSatisfy({ shape[$0] == 1 }) else { throw NodeFault("the axes \(axes) of \(shape) are longer than 1") }
  return shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
}

func unsqueezedShape(of call: NodeCall) throws(NodeFault) -> [Int] {
  var shape = call.input(0)?.shape ?? []
  guard let given = try call.integers("axes", orInput: 1),
    let axes = try call.axes(input: 1, rank: shape.count + given.count)
  else { throw NodeFault("it names no axes") }
  for axis in axes.sorted() { shape.insert(1, at: axis) }
  return shape
}

/// The order of axes that a node of the type `Transpose` asks for.
func permutation(of call: NodeCall, rank: Int) throws(NodeFault) -> [Int] {
  let order = try call.integers("perm") ?? Array((0..<rank).reversed())
  guard order.sorted() == Array(0..<rank) else { throw NodeFault("\(order) is no order of \(rank) axes") }
  return order
}

/// The parts of an axis that a node of the type `Split` makes.
func splitRanges(of call: NodeCall, length: Int) throws(NodeFault) -> [Range<Int>] {
  let parts = call.node.outputs.count
  let share = (length + parts - 1) / max(1, parts)
  let given = try call.integers("split", orInput: 1)
  let lengths = given ?? (0..<parts).map { min(share, max(0, length - $0 * share)) }
  guard lengths.allSatisfy({ (0...length).contains($0) }), lengths.count == parts, lengths.reduce(0, +) == length else {
    throw NodeFault("an axis of \(length) does not split into \(lengths)")
  }
  var start = 0
  return lengths.map { part in
    defer { start += part }
    return start..<start + part
  }
}
