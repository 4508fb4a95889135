import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

// Everything that has no windows.
extension GraphTranslation {
  /// Operations that only have another name in ONNX.
  private static let elementwise = [
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "negate": "Neg", "exponential": "Exp",
    "logarithm": "Log", "squareRoot": "Sqrt",
  ]

  mutating func addNamed(_ name: String, _ index: Int) throws(ONNXError) {
    let node = graph.nodes[index]
    let rank = node.shape.rank
    if let type = Self.elementwise[name] {
      try checkConstants(of: index)
      builder.add(type, node.inputs.map { operand($0, rank: rank) }, name: node.name)
      return
    }
    switch name {
    case "square":
      let input = stored(node.inputs[0])
      builder.add("Mul", [input, input], name: node.name)
    case "softmax":
      builder.add(
        "Softmax", [stored(node.inputs[0])], name: node.name,
        ["axis": .integer(Self.storedAxis(rank - 1, rank: rank))])
    case "matrixProduct":
      store(builder.add("MatMul", node.inputs.map { natural($0) }, name: temporary(node)), as: node)
    case "reshape": try addReshape(index)
    default: throw .unsupported(operation: name, layer: node.name)
    }
  }

  /// A number that follows from the picture's size cannot be written down for all sizes.
  private func checkConstants(of index: Int) throws(ONNXError) {
    _ = try sizes.agreed(index) { node, _ in
      node.inputs.map { source -> [UInt32] in
        if case .constant(let value) = source { value.scalars.map(\.bitPattern) } else { [] }
      }
    }
  }

  mutating func add(_ activation: Activation, to input: String, name: String) {
    switch activation {
    case .identity: builder.add("Identity", [input], name: name)
    case .relu: builder.add("Relu", [input], name: name)
    case .leakyReLU(let slope): builder.add("LeakyRelu", [input], name: name, ["alpha": .float(slope)])
    case .sigmoid: builder.add("Sigmoid", [input], name: name)
    case .relu6:
      let bounds = [builder.constant("constant/zero", Tensor(0)), builder.constant("constant/six", Tensor(6))]
      builder.add("Clip", [input] + bounds, name: name)
    case .hardSigmoid: builder.add("HardSigmoid", [input], name: name, ["alpha": .float(1 / 6), "beta": .float(0.5)])
    case .tanh: builder.add("Tanh", [input], name: name)
    case .silu:
      let share = builder.add("Sigmoid", [input], name: "\(name)/share")
      builder.add("Mul", [input, share], name: name)
    case .hardSwish: builder.add("HardSwish", [input], name: name)
    case .gelu:
      // x / 2 (1 + erf(x / sqrt 2)); the format's own Gelu came with a later version.
      let root = builder.constant("constant/sqrt2", Tensor(Float(2).squareRoot()))
      let (one, half) = (builder.constant("constant/one", Tensor(1)), builder.constant("constant/half", Tensor(0.5)))
      let scaled = builder.add("Div", [input, root], name: "\(name)/scaled")
      let error = builder.add("Erf", [scaled], name: "\(name)/erf")
      let share = builder.add("Add", [error, one], name: "\(name)/share")
      let halved = builder.add("Mul", [input, half], name: "\(name)/half")
      builder.add("Mul", [halved, share], name: name)
    }
  }

  mutating func addReduction(_ type: String, of node: NetworkGraph.Node, along axes: [Int], _ keepingAxes: Bool) {
    let rank = graph.shape(of: node.inputs[0]).rank
    // The remaining axes must be in Tessera's order: channels after rows or columns.
    let isMixed = rank == 4 && !keepingAxes && !axes.contains(3) && !(axes.contains(1) && axes.contains(2))
    let input = isMixed ? natural(node.inputs[0]) : stored(node.inputs[0])
    let reduced = isMixed ? axes : axes.map { Self.storedAxis($0, rank: rank) }.sorted()
    // Sums take their axes as an input, means as an attribute, in this version of the format.
    if type == "ReduceSum" {
      let list = builder.constant("\(node.name)/axes", reduced)
      builder.add(type, [input, list], name: node.name, ["keepdims": .integer(keepingAxes ? 1 : 0)])
    } else {
      builder.add(
        type, [input], name: node.name, ["axes": .integers(reduced), "keepdims": .integer(keepingAxes ? 1 : 0)])
    }
  }

  mutating func addSlice(_ index: Int, _ range: Range<Int>, _ axis: Int) throws(ONNXError) {
    let node = graph.nodes[index]
    let agreed = try sizes.agreed(index) { node, _ in node.kind }
    guard case .slice(let range, let axis) = agreed else { return }
    let bounds = [
      builder.constant("\(node.name)/start", [range.lowerBound]),
      builder.constant("\(node.name)/end", [range.upperBound]),
      builder.constant("\(node.name)/axis", [Self.storedAxis(axis, rank: node.shape.rank)]),
    ]
    builder.add("Slice", [stored(node.inputs[0])] + bounds, name: node.name)
  }
}
