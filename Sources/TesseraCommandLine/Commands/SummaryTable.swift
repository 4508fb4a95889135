import Tessera

/// A network's operations as a table: shapes, weights, parameters, multiply-adds.
struct SummaryTable {
  let text: String

  init(_ graph: NetworkGraph, parameterCount: Int) {
    var rows = [["layer", "operation", "weights", "output", "parameters", "multiply-adds"]]
    rows.append(["input", "", "", "\(graph.inputShape)", "", ""])
    for node in graph.nodes {
      rows.append([
        Self.layer(node), Self.operation(node.kind), Self.weights(node), "\(node.shape)",
        Self.count(node.parameterCount), Self.count(node.multiplyAdds),
      ])
    }
    let total = graph.nodes.reduce(0) { $0 + $1.multiplyAdds }
    rows.append(["total", "", "", "", grouped(parameterCount), grouped(total)])
    text = Table(rows, rightAligned: [4, 5]).description
  }

  /// The operation with anything unusual about it: `transposedConv2D /2 relu`.
  private static func operation(_ kind: OperationKind) -> String {
    switch kind {
    case .convolution(let window, _, let groups, let activation):
      kind.name + steps(window) + (groups == 1 ? "" : " groups \(groups)") + suffix(activation)
    case .transposedConvolution(let window, _, let groups, let activation):
      kind.name + steps(window) + (groups == 1 ? "" : " groups \(groups)") + suffix(activation)
    case .maxPool(let window, _), .averagePool(let window, _): kind.name + steps(window)
    default: kind.name
    }
  }

  private static func steps(_ window: WindowGeometry) -> String {
    (window.stride == 1 ? "" : " /\(side(window.stride))")
      + (window.dilation == 1 ? "" : " dilation \(side(window.dilation))")
  }

  private static func side(_ extent: Extent) -> String {
    extent.height == extent.width ? "\(extent.height)" : "\(extent)"
  }

  private static func suffix(_ activation: Activation) -> String { activation == .identity ? "" : " \(activation)" }

  /// The module, where there is one with parameters.
  private static func layer(_ node: NetworkGraph.Node) -> String { weights(node).isEmpty ? "" : node.name }

  private static func weights(_ node: NetworkGraph.Node) -> String {
    let shapes = node.inputs.compactMap { source in
      if case .parameter(_, let value) = source { "\(value.shape)" } else { nil }
    }
    return shapes.joined(separator: " ")
  }

  private static func count(_ value: Int) -> String { value == 0 ? "" : grouped(value) }
}
