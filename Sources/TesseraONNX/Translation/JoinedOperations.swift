import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// Operations that are one in ONNX: a batch normalization by running statistics, and a mean.
struct JoinedOperations {
  /// What a batch normalization consists of.
  struct Normalization {
    let input: NetworkGraph.Source
    let mean: Tensor
    /// 1 / sqrt(variance + epsilon).
    let inverseDeviation: Tensor
    let scale: NetworkGraph.Source
    let offset: NetworkGraph.Source
  }

  /// By the index of the last operation.
  private(set) var normalizations: [Int: Normalization] = [:]
  /// The sum that a product makes a mean of, by the index of the product.
  private(set) var means: [Int: Int] = [:]
  /// Operations that are done with a later one.
  private(set) var absorbed: Set<Int> = []

  init(in sizes: OpenSizes) {
    let graph = sizes.graph
    var uses = [Int](repeating: 0, count: graph.nodes.count)
    for node in graph.nodes {
      for case .node(let index) in node.inputs { uses[index] += 1 }
    }
    /// The index of an operation of this kind that nothing but the one at hand takes.
    func only(_ source: NetworkGraph.Source, _ isKind: (OperationKind) -> Bool) -> Int? {
      guard case .node(let index) = source, uses[index] == 1, isKind(graph.nodes[index].kind) else { return nil }
      return index
    }
    for (index, node) in graph.nodes.enumerated() {
      if let (parts, normalization) = Self.normalization(endingWith: node, in: graph, only) {
        normalizations[index] = normalization
        absorbed.formUnion(parts)
      } else if node.kind == "multiply", let sum = only(node.inputs[0], \.isSum), sizes.always(index, Self.isMean) {
        means[index] = sum
        absorbed.insert(sum)
      }
    }
  }

  /// (x - mean) inverse scale + offset, each along the channels.
  private static func normalization(
    endingWith node: NetworkGraph.Node, in graph: NetworkGraph,
    _ only: (NetworkGraph.Source, (OperationKind) -> Bool) -> Int?
  ) -> ([Int], Normalization)? {
    let channels: Shape = [node.shape.rank == 0 ? 0 : node.shape[-1]]
    func isVector(_ source: NetworkGraph.Source) -> Bool { graph.shape(of: source) == channels }
    guard node.kind == "add", node.shape.rank == 4 || node.shape.rank == 2, isVector(node.inputs[1]),
      let scaled = only(node.inputs[0], { $0 == "multiply" }), isVector(graph.nodes[scaled].inputs[1]),
      let divided = only(graph.nodes[scaled].inputs[0], { $0 == "multiply" }),
      case .constant(let inverse) = graph.nodes[divided].inputs[1], inverse.shape == channels,
      inverse.scalars.allSatisfy({ $0 > 0 }),
      let centered = only(graph.nodes[divided].inputs[0], { $0 == "subtract" }),
      case .constant(let mean) = graph.nodes[centered].inputs[1], mean.shape == channels
    else { return nil }
    return (
      [scaled, divided, centered],
      Normalization(
        input: graph.nodes[centered].inputs[0], mean: mean, inverseDeviation: inverse,
        scale: graph.nodes[scaled].inputs[1], offset: node.inputs[1])
    )
  }

  /// A sum times the share that one element has in it.
  private static func isMean(_ node: NetworkGraph.Node, in graph: NetworkGraph) -> Bool {
    guard case .node(let sum) = node.inputs[0], case .constant(let factor) = node.inputs[1], factor.count == 1 else {
      return false
    }
    let (whole, result) = (graph.shape(of: graph.nodes[sum].inputs[0]), graph.nodes[sum].shape)
    return factor.item == Float(result.elementCount) / Float(max(1, whole.elementCount))
  }
}

extension OperationKind {
  fileprivate var isSum: Bool { if case .sum = self { true } else { false } }
}
