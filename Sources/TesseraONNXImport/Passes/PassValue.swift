import TesseraAutograd
import TesseraTensors

/// A value of a pass through a graph.
enum PassValue {
  /// Numbers that say how to compute: shapes, axes, indices.
  case host(HostArray)
  /// Numbers that are computed with.
  case variable(ArrangedVariable)
  /// A part of an operation, of which only the lengths of the axes are known.
  case shape([Int])

  /// The lengths of ONNX's axes.
  var shape: [Int] {
    switch self {
    case .host(let array): array.shape
    case .variable(let variable): variable.shape
    case .shape(let lengths): lengths
    }
  }
}

/// One node of a pass, with its inputs' values.
struct NodeCall {
  let node: ONNXNode
  /// The version of the operators.
  let version: Int
  /// Those that are left out at the end may be missing.
  let inputs: [PassValue?]
  /// The layer that has the node's weights.
  let layer: ONNXLayer?

  /// The value of an input; `nil` if it is left out.
  func input(_ index: Int) -> PassValue? { index < inputs.count ? inputs[index] : nil }

  private func present(_ index: Int) throws(NodeFault) -> PassValue {
    guard let value = input(index) else { throw NodeFault("its input \(index + 1) is missing") }
    return value
  }

  /// An input as a variable.
  func variable(_ index: Int) throws(NodeFault) -> ArrangedVariable {
    let value = try present(index)
    guard !value.shape.contains(0) else { throw NodeFault("its input \(index + 1) is empty: \(value.shape)") }
    switch value {
    case .variable(let variable): return variable
    case .host(let array):
      let tensor = Tensor(array.values.map { Float($0) }, shape: Shape(array.shape))
      return ArrangedVariable(Variable(tensor), isConstant: true)
    case .shape: throw NodeFault("its input \(index + 1) has not been computed")
    }
  }

  func variableIfPresent(_ index: Int) throws(NodeFault) -> ArrangedVariable? {
    input(index) == nil ? nil : try variable(index)
  }

  /// An input of rank 4 as `[batch, height, width, channels]`.
  func picture(_ index: Int) throws(NodeFault) -> Variable {
    let value = try variable(index)
    guard value.rank == 4 else { throw NodeFault("it takes [batch, channels, height, width]; got \(value.shape)") }
    return value.arranged(ArrangedVariable.picture)
  }

  /// An input that says how to compute, and so must not depend on the picture's values.
  func host(_ index: Int) throws(NodeFault) -> HostArray {
    guard case .host(let array) = try present(index) else {
      throw NodeFault("its input \(index + 1), \(node.inputs[index]), depends on the values of the picture")
    }
    return array
  }

  func hostIfPresent(_ index: Int) throws(NodeFault) -> HostArray? { input(index) == nil ? nil : try host(index) }

  // MARK: Attributes

  func integer(_ name: String, or standard: Int) throws(NodeFault) -> Int {
    switch node.attributes[name] {
    case nil: return standard
    case .integer(let value): return value
    default: throw NodeFault("its attribute \(name) is no integer")
    }
  }

  func integers(_ name: String) throws(NodeFault) -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .integers(let values): return values
    default: throw NodeFault("its attribute \(name) is no list of integers")
    }
  }

  func float(_ name: String, or standard: Float) throws(NodeFault) -> Float {
    switch node.attributes[name] {
    case nil: return standard
    case .float(let value): return value
    default: throw NodeFault("its attribute \(name) is no number")
    }
  }

  /// Integers that an attribute says, or in later versions an input.
  func integers(_ name: String, orInput index: Int) throws(NodeFault) -> [Int]? {
    if let values = try integers(name) { return values }
    return try hostIfPresent(index)?.integers
  }

  /// A number that an attribute says, or in later versions an input.
  func float(_ name: String, orInput index: Int, or standard: Float) throws(NodeFault) -> Float {
    if let value = try hostIfPresent(index)?.values.first { return Float(value) }
    return try float(name, or: standard)
  }

  func text(_ name: String, or standard: String) throws(NodeFault) -> String {
    switch node.attributes[name] {
    case nil: return standard
    case .text(let value): return value
    default: throw NodeFault("its attribute \(name) is no text")
    }
  }

  /// Axes, from an attribute or in later versions an input, counted from the front; `nil` if they are not given.
  func axes(attribute: String = "axes", input index: Int, rank: Int) throws(NodeFault) -> [Int]? {
    guard let given = try integers(attribute, orInput: index) else { return nil }
    var axes: [Int] = []
    for axis in given { axes.append(try Self.axis(axis, rank: rank)) }
    guard Set(axes).count == axes.count else { throw NodeFault("it names an axis twice: \(given)") }
    return axes
  }

  /// The axis in the attribute of this name, counted from the front.
  func axis(_ name: String = "axis", or standard: Int, rank: Int) throws(NodeFault) -> Int {
    try Self.axis(try integer(name, or: standard), rank: rank)
  }

  static func axis(_ axis: Int, rank: Int) throws(NodeFault) -> Int {
    guard axis >= -rank && axis < rank else { throw NodeFault("its input has \(rank) axes, and no axis \(axis)") }
    return axis < 0 ? axis + rank : axis
  }
}
