/// Where the values of a graph come from and go to.
struct GraphIndex {
  let graph: ONNXGraph
  /// The node that gives each value.
  let producers: [String: Int]
  /// Values that follow from constants and shapes alone, and so are known before the picture's numbers are.
  let known: Set<String>
  /// The nodes that take each value, once for each time they do.
  private let users: [String: [Int]]
  private let outputs: Set<String>

  /// - Parameter weights: the names of the weights, whose values may change.
  init(_ graph: ONNXGraph, weights: Set<String>) {
    self.graph = graph
    var producers: [String: Int] = [:]
    var users: [String: [Int]] = [:]
    var known = Set(graph.constants.keys).subtracting(weights)
    for (index, node) in graph.nodes.enumerated() {
      for name in node.inputs where !name.isEmpty { users[name, default: []].append(index) }
      for name in node.outputs where !name.isEmpty { producers[name] = index }
      let isShape = node.type == "Shape" || node.type == "Size"
      let isHost = HostOperation.table[node.type] != nil
      if isShape || isHost && node.inputs.allSatisfy({ $0.isEmpty || known.contains($0) }) {
        known.formUnion(node.outputs)
      }
    }
    (self.producers, self.users, self.known) = (producers, users, known)
    outputs = Set(graph.outputs.map(\.name))
  }

  /// How often a value's numbers are taken; the graph's outputs count, what asks for its shape does not.
  func uses(of name: String) -> Int {
    users[name, default: []].count { !isShape($0) } + (outputs.contains(name) ? 1 : 0)
  }

  /// The nodes of a part of which others need the results' shapes; `nil` if others need the numbers of any but `root`,
  /// or shapes that do not follow from other shapes.
  func shapesNeeded(of part: Set<Int>, root: Int) -> Set<Int>? {
    var needed: Set<Int> = []
    for index in part.sorted(by: >) {
      let node = graph.nodes[index]
      if index != root {
        let others = node.outputs.flatMap { users[$0, default: []] }.filter { !part.contains($0) }
        guard others.allSatisfy(isShape), !node.outputs.contains(where: outputs.contains) else { return nil }
        if !others.isEmpty { needed.insert(index) }
      }
      guard needed.contains(index) else { continue }
      guard shapeRules[node.type] != nil else { return nil }
      needed.formUnion(node.inputs.compactMap { producers[$0] }.filter(part.contains))
    }
    return needed
  }

  private func isShape(_ node: Int) -> Bool { graph.nodes[node].type == "Shape" }

  /// A single number that the graph holds.
  func number(_ name: String) -> Double? {
    guard known.contains(name), let array = graph.constants[name]?.hostArray, array.count == 1 else { return nil }
    return array.values[0]
  }

  /// Whether a value is a weight of the graph: floats, more than one.
  func isWeight(_ name: String) -> Bool { graph.constants[name] != nil && !known.contains(name) }
}
