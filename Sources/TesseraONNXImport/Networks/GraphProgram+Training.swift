extension GraphProgram {
  /// The weights whose shapes have the number of classes.
  struct Classifier {
    /// By node and input, the axis of the classes, as it is kept; empty if there is an obstacle.
    var axes: [Int: [Int: Int]] = [:]
    /// The node on the way to them that would have to change, too.
    var obstacle: ONNXNode?
  }

  /// What has the number of classes, found from the output on, through what leaves channels as they are.
  var classifier: Classifier {
    let producers = Dictionary(
      graph.nodes.enumerated().flatMap { index, node in node.outputs.map { ($0, index) } }, uniquingKeysWith: { $1 })
    var found = Classifier()
    var (waiting, seen) = (graph.outputs.map(\.name), Set<String>())
    while let name = waiting.popLast() {
      guard seen.insert(name).inserted, let index = producers[name] else { continue }
      let node = graph.nodes[index]
      let uses = Dictionary(weights[index].map { ($0.input, $0) }) { first, _ in first }
      let isWhole = node.attributes["group"] ?? .integer(1) == .integer(1)
      switch node.type {
      case "Resize", "Upsample", "Identity", "Cast", "Dropout", "Transpose", "Clip":
        waiting.append(node.inputs.first ?? "")
      case "Add", "Sum":
        for (input, name) in node.inputs.enumerated() {
          if let use = uses[input] {
            let lengths = graph.constants[use.name]?.lengths ?? []
            found.axes[index, default: [:]][input] = lengths.firstIndex { $0 > 1 }
          } else {
            waiting.append(name)
          }
        }
      case "Conv" where uses[1] != nil && isWhole, "Gemm" where uses[1] != nil, "MatMul" where uses[1] != nil:
        found.axes[index] = uses.filter { $0.key > 0 }.mapValues { $0.order.count - 1 }
      case "ConvTranspose" where uses[1]?.order.count == 4 && isWhole:
        // Its filter is kept as [height, width, outputs, inputs].
        found.axes[index] = uses.filter { $0.key > 0 }.mapValues { $0.input == 1 ? 2 : $0.order.count - 1 }
      default: return Classifier(obstacle: node)
      }
    }
    return found
  }

  /// The nodes through which no gradient comes to weights that count only by them, so that these would never learn.
  var gradientObstacles: [ONNXNode] {
    let nodes = graph.nodes
    var learning = Set(graph.outputs.map(\.name))
    var isReached = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated().reversed() where !learning.isDisjoint(with: node.outputs) {
      isReached[index] = true
      guard node.hasGradient else { continue }
      let host = HostOperation.hostInputs[node.type] ?? []
      // A condition selects, and has no gradient itself.
      let left = node.type == "Where" ? host.union([0]) : host
      for (input, name) in node.inputs.enumerated() where !left.contains(input) { learning.insert(name) }
    }
    // What weights that do not learn lead to.
    var led: Set<String> = []
    for (index, node) in nodes.enumerated() where node.type != "Shape" && node.type != "Size" {
      let isSilent = !weights[index].isEmpty && !(isReached[index] && node.hasGradient)
      if isSilent || !led.isDisjoint(with: node.inputs) { led.formUnion(node.outputs) }
    }
    return nodes.indices.filter { index in
      isReached[index] && !nodes[index].hasGradient
        && (!weights[index].isEmpty || !led.isDisjoint(with: nodes[index].inputs))
    }.map { nodes[$0] }
  }
}

extension ONNXNode {
  /// Operations whose results are constant by pieces.
  private static let steps: Set = [
    "And", "ArgMax", "ArgMin", "Ceil", "Equal", "Floor", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Mod",
    "Not",
    "Or", "Round", "Shape", "Sign", "Size", "Xor",
  ]

  /// Whether a gradient comes through it; none does through what makes integers.
  fileprivate var hasGradient: Bool {
    if type == "Cast", case .integer(let element) = attributes["to"] {
      return ONNXConstant.isFloating(Int32(clamping: element)) ?? true
    }
    return !Self.steps.contains(type)
  }
}
