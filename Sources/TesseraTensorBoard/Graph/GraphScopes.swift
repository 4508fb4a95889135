import TesseraLayers

/// Where TensorBoard shows the operations of a network: names with slashes, which it groups by.
///
/// An operation with parameters lies within their module, `encoder/0/first/conv2D`. One without lies in the deepest
/// scope that one of its inputs shares with one of its users: the pools between the blocks of an encoder in `encoder`.
struct GraphScopes {
  /// The full name of each operation.
  let names: [String]

  init(of graph: NetworkGraph) {
    var scopes = graph.nodes.map { node in
      node.inputs.lazy.compactMap { source -> [String]? in
        if case .parameter(let path, _) = source { path.split(separator: ".").dropLast().map(String.init) } else { nil }
      }.first
    }
    var following = [[Int]](repeating: [], count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() {
      for case .node(let source) in node.inputs { following[source].append(index) }
    }
    // Inputs come first, so the scopes before an operation are known; those after it only where modules are.
    for (index, node) in graph.nodes.enumerated() where scopes[index] == nil {
      guard case .node(let first) = node.inputs.first, let before = scopes[first] else { continue }
      let shared = following[index].compactMap { scopes[$0] }.map { Self.beginning(of: before, and: $0) }
      scopes[index] = shared.max { $0.count < $1.count } ?? []
    }
    var uses: [String: Int] = [:]
    names = zip(graph.nodes, scopes).map { node, scope in
      let name = ((scope ?? []) + [node.kind.shortName]).joined(separator: "/")
      uses[name, default: 0] += 1
      return uses[name] == 1 ? name : "\(name)_\(uses[name] ?? 0)"
    }
  }

  private static func beginning(of one: [String], and other: [String]) -> [String] {
    zip(one, other).prefix { $0 == $1 }.map(\.0)
  }
}
