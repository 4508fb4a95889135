import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// A variable whose axes may lie in another order than those of ONNX's value.
///
/// Feature maps stay channels-last from the first convolution to the last, however the graph transposes and reshapes
/// them: a transposition only renames axes, and numbers are moved when an operation needs another order.
struct ArrangedVariable {
  let variable: Variable
  /// The axis of ONNX's value that each axis of `variable` is.
  let order: [Int]
  /// Whether it follows from weights and constants alone.
  let isConstant: Bool

  /// A picture `[batch, channels, height, width]`, stored channels-last.
  static let picture = [0, 2, 3, 1]

  /// - Parameter order: the axis of ONNX's value that each axis is; its own by default.
  init(_ variable: Variable, order: [Int]? = nil, isConstant: Bool) {
    (self.variable, self.isConstant) = (variable, isConstant)
    self.order = order ?? Array(0..<variable.shape.rank)
  }

  /// The lengths of ONNX's axes.
  var shape: [Int] {
    var lengths = order
    for (place, axis) in order.enumerated() { lengths[axis] = variable.shape.dimensions[place] }
    return lengths
  }

  var rank: Int { order.count }

  /// The same value with other numbers in the same places.
  func with(_ variable: Variable) -> ArrangedVariable {
    ArrangedVariable(variable, order: order, isConstant: isConstant)
  }

  /// Where an axis of ONNX's value lies.
  func place(of axis: Int) -> Int { order.firstIndex(of: axis) ?? axis }

  /// The variable with its axes in this order.
  func arranged(_ wanted: [Int]) -> Variable {
    guard wanted != order else { return variable }
    let permutation = wanted.map { place(of: $0) }
    let lengths = permutation.map { variable.shape.dimensions[$0] }
    // Axes of length 1 move without their numbers.
    let moved = permutation.filter { variable.shape.dimensions[$0] != 1 }
    return moved == moved.sorted() ? variable.reshaped(to: Shape(lengths)) : variable.transposed(permutation)
  }

  /// The variable with ONNX's own order of axes.
  var natural: Variable { arranged(Array(0..<rank)) }

  /// The order in which `axis` is last and the others stay as they lie.
  func orderEnding(with axis: Int) -> [Int] { order.filter { $0 != axis } + [axis] }

  /// Axis k of the result is axis `permutation[k]`; nothing is moved.
  func transposed(_ permutation: [Int]) -> ArrangedVariable {
    var inverse = permutation
    for (axis, source) in permutation.enumerated() { inverse[source] = axis }
    return ArrangedVariable(variable, order: order.map { inverse[$0] }, isConstant: isConstant)
  }
}

extension ArrangedVariable {
  /// Axes of the old shape that become axes of the new one, with the same number of elements.
  private struct Group {
    let old: Range<Int>
    let new: Range<Int>
  }

  /// The same elements, in ONNX's order, in another shape; they stay where they lie if the axes that are joined or cut
  /// are neighbors there.
  func reshaped(to lengths: [Int]) throws(NodeFault) -> ArrangedVariable {
    let own = shape
    guard own.reduce(1, *) == lengths.reduce(1, *), variable.shape.elementCount > 0 else {
      throw NodeFault("\(own) cannot be reshaped to \(lengths)")
    }
    let groups = Self.groups(own, lengths)
    func axes(_ group: Group) -> [Int] { group.old.filter { own[$0] != 1 } }
    let stored = order.filter { own[$0] != 1 }
    let starts = groups.map { group in axes(group).first.flatMap { stored.firstIndex(of: $0) } }
    let liesTogether = zip(groups, starts).allSatisfy { group, start in
      let axes = axes(group)
      return start.map { Array(stored[$0..<min(stored.count, $0 + axes.count)]) == axes } ?? true
    }
    guard liesTogether else {
      // Feature maps again become channels-last; all others are laid out as ONNX does.
      let preferred = lengths.count == 4 ? Self.picture : Array(0..<lengths.count)
      func rank(_ group: Group) -> Int { preferred.firstIndex { group.new.contains($0) } ?? lengths.count }
      let sorted = groups.enumerated().sorted { (rank($0.1), $0.0) < (rank($1.1), $1.0) }
      let wanted = sorted.flatMap { Array($0.element.old) }
      return try ArrangedVariable(arranged(wanted), order: wanted, isConstant: isConstant).reshaped(to: lengths)
    }
    // Groups without elements of their own follow the one before them.
    var (keys, last) = ([(Int, Int)](), -1)
    for (index, start) in starts.enumerated() {
      last = start ?? last
      keys.append((last, index))
    }
    let sequence = groups.indices.sorted { keys[$0] < keys[$1] }
    let result = sequence.flatMap { Array(groups[$0].new) }
    return ArrangedVariable(
      variable.reshaped(to: Shape(result.map { lengths[$0] })), order: result, isConstant: isConstant)
  }

  /// Pairs of neighboring axes with equally many elements, as small as can be.
  private static func groups(_ old: [Int], _ new: [Int]) -> [Group] {
    var groups: [Group] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      let (first, second) = (i, j)
      let (left, right) = (i < old.count ? old[i] : 1, j < new.count ? new[j] : 1)
      if i < old.count && left == 1 && right != 1 || j == new.count {
        i += 1
      } else if j < new.count && right == 1 && left != 1 || i == old.count {
        j += 1
      } else {
        var (a, b) = (left, right)
        (i, j) = (i + 1, j + 1)
        while a != b {
          if a < b { (a, i) = (a * old[i], i + 1) } else { (b, j) = (b * new[j], j + 1) }
        }
      }
      groups.append(Group(old: first..<i, new: second..<j))
    }
    return groups
  }
}

/// Operands of an elementwise operation, with their axes in one order.
struct AlignedVariables {
  /// They broadcast with each other.
  let variables: [Variable]
  /// The same with one shape.
  var repeated: [Variable] { variables.map { $0.repeated(to: stored) } }
  /// The lengths of the result, as they are stored.
  private let stored: Shape
  private let order: [Int]
  private let isConstant: Bool

  /// Everything follows the operand with the most elements; axes are aligned at ONNX's last one.
  init(_ operands: [ArrangedVariable]) throws(NodeFault) {
    let rank = operands.map(\.rank).max() ?? 0
    var shape: [Int] = []
    for operand in operands { shape = try broadcastShape(shape, operand.shape) }
    try requireRoom(for: shape)
    let raised = operands.map { operand in
      let missing = rank - operand.rank
      let order = Array(0..<missing) + operand.order.map { $0 + missing }
      let lengths = [Int](repeating: 1, count: missing) + operand.variable.shape.dimensions
      return ArrangedVariable(
        missing == 0 ? operand.variable : operand.variable.reshaped(to: Shape(lengths)), order: order,
        isConstant: operand.isConstant)
    }
    let largest = raised.map(\.variable.shape.elementCount).max() ?? 0
    let leader = raised.first { $0.variable.shape.elementCount == largest && !$0.isConstant } ?? raised[0]
    order = leader.order
    stored = Shape(order.map { shape[$0] })
    isConstant = operands.allSatisfy(\.isConstant)
    variables = raised.map { operand in
      let variable = operand.arranged(leader.order)
      // A vector of channels is added to a convolution in the same pass.
      guard variable.shape.elementCount < largest else { return variable }
      let lengths = variable.shape.dimensions.drop { $0 == 1 }
      return lengths.count == rank ? variable : variable.reshaped(to: Shape(Array(lengths)))
    }
  }

  /// The operation's result.
  func result(_ variable: Variable) -> ArrangedVariable {
    let missing = order.count - variable.shape.rank
    let whole =
      missing == 0
      ? variable : variable.reshaped(to: Shape([Int](repeating: 1, count: missing) + variable.shape.dimensions))
    return ArrangedVariable(whole, order: order, isConstant: isConstant)
  }
}

extension Variable {
  /// The elements repeated along axes of length 1 or none.
  func repeated(to shape: Shape) -> Variable {
    self.shape == shape ? self : self * Variable(Tensor(repeating: 1, shape: shape))
  }
}
