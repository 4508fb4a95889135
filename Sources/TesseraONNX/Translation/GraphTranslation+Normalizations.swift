import TesseraAutograd
import TesseraLayers
import TesseraTensors

// Normalizations by moments.
extension GraphTranslation {
  mutating func addBatchNormalization(_ node: NetworkGraph.Node, _ epsilon: Float) throws(ONNXError) {
    guard node.inputs.count == 5 else {
      throw .unsupported(operation: "\(node.kind.name) by moments of the batch", layer: node.name)
    }
    let inputs = [channelsSecond(node.inputs[0])] + node.inputs.dropFirst().map { stored($0) }
    let rank = node.shape.rank
    let normalized = builder.add(
      "BatchNormalization", inputs, name: Self.hasChannelsSecond(rank) ? node.name : temporary(node),
      ["epsilon": .float(epsilon)])
    channelsLast(normalized, rank: rank, name: node.name)
  }

  /// The format's operator takes the channels last.
  mutating func addLayerNormalization(_ node: NetworkGraph.Node, _ epsilon: Float) {
    let inputs = [natural(node.inputs[0])] + node.inputs.dropFirst().map { stored($0) }
    store(
      builder.add(
        "LayerNormalization", inputs, name: temporary(node), ["axis": .integer(-1), "epsilon": .float(epsilon)]),
      as: node)
  }

  /// As PyTorch writes it, which readers know: the format's own operator came with a later version, and was soon
  /// replaced by another one.
  mutating func addGroupNormalization(_ node: NetworkGraph.Node, _ groups: Int, _ epsilon: Float) {
    let (name, rank) = (node.name, node.shape.rank)
    let input = channelsSecond(node.inputs[0])
    let split = builder.constant("\(name)/groups", [0, groups, -1])
    let grouped = builder.add("Reshape", [input, split], name: "\(name)/grouped")
    let ones = builder.constant("constant/ones.\(groups)", Tensor(repeating: 1, shape: [groups]))
    let zeros = builder.constant("constant/zeros.\(groups)", .zeros([groups]))
    let normalized = builder.add(
      "InstanceNormalization", [grouped, ones, zeros], name: "\(name)/normalized", ["epsilon": .float(epsilon)])
    let lengths = Self.secondFromLast(rank).map { node.shape[$0] }
    let shape =
      sizes.areFixed
      ? builder.constant("\(name)/shape", lengths) : builder.add("Shape", [input], name: "\(name)/shape")
    let whole = builder.add("Reshape", [normalized, shape], name: "\(name)/whole")
    let stored = channelsLast(whole, rank: rank, name: "\(name)/channelsLast")
    let scaled = builder.add("Mul", [stored, operand(node.inputs[1], rank: rank)], name: "\(name)/scaled")
    builder.add("Add", [scaled, operand(node.inputs[2], rank: rank)], name: name)
  }

  // MARK: Channels as the second axis, for every rank

  /// Whether stored values of this rank have them there.
  private static func hasChannelsSecond(_ rank: Int) -> Bool { rank == 2 || rank == 4 }

  /// Tessera's axes in this order.
  private static func secondFromLast(_ rank: Int) -> [Int] { [0, rank - 1] + Array(1..<rank - 1) }

  private mutating func channelsSecond(_ source: NetworkGraph.Source) -> String {
    let (name, rank) = (stored(source), graph.shape(of: source).rank)
    guard !Self.hasChannelsSecond(rank) else { return name }
    return builder.add(
      "Transpose", [name], name: nextTemporary("\(name)/channelsSecond"), ["perm": .integers(Self.secondFromLast(rank))]
    )
  }

  /// The value as it is stored.
  @discardableResult
  private mutating func channelsLast(_ value: String, rank: Int, name: String) -> String {
    guard !Self.hasChannelsSecond(rank) else { return value }
    return builder.add("Transpose", [value], name: name, ["perm": .integers([0] + Array(2..<rank) + [1])])
  }
}
