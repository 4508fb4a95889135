import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// Writes a recorded pass as an ONNX graph.
///
/// Values of rank 4 are channels-first in ONNX, all others are laid out as in Tessera.
struct GraphTranslation {
  var builder: GraphBuilder
  let sizes: OpenSizes
  /// The network's input, channels first.
  private let input: String
  /// The channel of it that each of the network's channels is; `nil` if they are the same.
  let inputOrder: [Int]?

  var graph: NetworkGraph { sizes.graph }

  /// - Parameters:
  ///   - input: the name of the network's input, channels first.
  ///   - order: which channel of it each of the network's is; the first filters take them so.
  ///   - builder: what comes before the network.
  init(of sizes: OpenSizes, input: String, order: [Int]? = nil, in builder: GraphBuilder) {
    self.sizes = sizes
    self.input = input
    inputOrder = order
    self.builder = builder
  }

  /// Adds all operations, and returns the name of the last one's result.
  mutating func run() throws(ONNXError) -> String {
    for index in graph.nodes.indices { try translate(index) }
    return graph.nodes.last?.name ?? input
  }

  private mutating func translate(_ index: Int) throws(ONNXError) {
    let node = graph.nodes[index]
    switch node.kind {
    case .convolution(_, let padding, let groups, let activation):
      try addConvolution(index, padding, groups, activation)
    case .transposedConvolution(let window, _, let groups, let activation):
      try addTransposedConvolution(index, window, groups, activation)
    case .maxPool(_, let padding): try addPool("MaxPool", index, padding)
    case .averagePool(_, let padding): try addPool("AveragePool", index, padding)
    case .adaptiveAveragePool(let size): try addAdaptiveAveragePool(index, to: size)
    case .resize(let size, let interpolation): try addResize(index, to: size, interpolation)
    case .activation(let activation): add(activation, to: stored(node.inputs[0]), name: node.name)
    case .scaledDotProductAttention(let heads): addAttention(node, heads: heads)
    case .concatenate(let axis, _):
      builder.add(
        "Concat", node.inputs.map { stored($0) }, name: node.name,
        ["axis": .integer(Self.storedAxis(axis, rank: node.shape.rank))])
    case .slice(let range, let axis): try addSlice(index, range, axis)
    case .transpose(let order):
      let permuted = builder.add(
        "Transpose", [natural(node.inputs[0])], name: temporary(node), ["perm": .integers(order)])
      store(permuted, as: node)
    case .sum(let axes, let keepingAxes): addReduction("ReduceSum", of: node, along: axes, keepingAxes)
    case .mean(let axes, let keepingAxes): addReduction("ReduceMean", of: node, along: axes, keepingAxes)
    case .batchNormalization(let epsilon): try addBatchNormalization(node, epsilon)
    case .layerNormalization(let epsilon): addLayerNormalization(node, epsilon)
    case .groupNormalization(let groups, let epsilon): addGroupNormalization(node, groups, epsilon)
    case .named(let name): try addNamed(name, index)
    case .custom: try addCustom(index)
    }
  }

  // MARK: Values

  /// The axis of a stored value that is `axis` in Tessera.
  static func storedAxis(_ axis: Int, rank: Int) -> Int { rank == 4 ? [0, 2, 3, 1][axis] : axis }

  /// The name of a value as it is stored: channels first where its rank is 4.
  mutating func stored(_ source: NetworkGraph.Source) -> String {
    switch source {
    case .input: input
    case .node(let index): graph.nodes[index].name
    case .parameter(let path, let value): constant(path, value, asRank: value.shape.rank)
    case .constant(let value): constant(nextConstant(), value, asRank: value.shape.rank)
    }
  }

  /// The name of a value with Tessera's order of axes.
  mutating func natural(_ source: NetworkGraph.Source) -> String {
    switch source {
    case .parameter(let path, let value): return builder.constant(path, value)
    case .constant(let value): return builder.constant(nextConstant(), value)
    case .input, .node:
      let name = stored(source)
      guard graph.shape(of: source).rank == 4 else { return name }
      return builder.add(
        "Transpose", [name], name: nextTemporary("\(name)/nhwc"), ["perm": .integers([0, 2, 3, 1])])
    }
  }

  /// The name of an operand of an elementwise operation whose result has `rank` axes: axes are aligned at Tessera's
  /// last one, which in stored values of rank 4 is the second.
  mutating func operand(_ source: NetworkGraph.Source, rank: Int) -> String {
    let shape = graph.shape(of: source)
    switch source {
    case .parameter(let path, let value): return constant(path, value, asRank: rank)
    case .constant(let value): return constant(nextConstant(), value, asRank: rank)
    case .input, .node:
      guard rank == 4, (1..<4).contains(shape.rank) else { return stored(source) }
      let name = stored(source)
      let axes = builder.constant(nextConstant(), Array(0..<4 - shape.rank))
      let raised = builder.add("Unsqueeze", [name, axes], name: nextTemporary("\(name)/nhwc"))
      return builder.add(
        "Transpose", [raised], name: nextTemporary("\(name)/nchw"), ["perm": .integers([0, 3, 1, 2])])
    }
  }

  /// A constant among values of `rank` axes, under its name and, if it is needed for other ranks too, the rank's.
  private mutating func constant(_ name: String, _ value: Tensor, asRank rank: Int) -> String {
    guard rank == 4, value.shape.rank > 0 else { return builder.constant(name, value) }
    let lengths = Array(repeating: 1, count: 4 - value.shape.rank) + value.shape.dimensions
    return builder.constant("\(name)/nchw", value.reshaped(to: Shape(lengths)).transposed([0, 3, 1, 2]))
  }

  /// A node's result with Tessera's order of axes becomes its stored value.
  mutating func store(_ name: String, as node: NetworkGraph.Node) {
    if node.shape.rank == 4 {
      builder.add("Transpose", [name], name: node.name, ["perm": .integers([0, 3, 1, 2])])
    } else {
      builder.rename(name, to: node.name)
    }
  }

  /// The name of a node's result before it is stored.
  func temporary(_ node: NetworkGraph.Node) -> String { "\(node.name)/result" }

  private mutating func nextConstant() -> String { nextTemporary("constant") }
  mutating func nextTemporary(_ name: String) -> String { builder.unusedName(name) }
}
