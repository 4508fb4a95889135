import TesseraONNX

extension Onnx_GraphProto {
  /// Replaces each `If` whose condition does not depend on the picture by the branch that this chooses: exporters write
  /// them for settings of a program, and for axes that may be left out.
  ///
  /// - Parameter version: of the operators.
  mutating func takeKnownBranches(version: Int) {
    guard node.contains(where: { $0.opType == "If" }) else { return }
    var used = Set(input.map(\.name) + initializer.map(\.name) + node.flatMap(\.output))
    var leading = LeadingNodes(of: self, version: version)
    var known: [String: Bool] = [:]
    func learn(_ arrays: [Onnx_TensorProto]) { for array in arrays { known[array.name] = array.truth } }
    learn(initializer)
    var (waiting, kept) = (Array(node.reversed()), [Onnx_NodeProto]())
    while let node = waiting.popLast() {
      let (value, result) = (node.input.first.flatMap { known[$0] }, node.output.first ?? "")
      switch node.opType {
      case "Constant": known[result] = node.attribute.first?.t.truth
      case "Identity": known[result] = value
      case "Not": known[result] = value.map { !$0 }
      case "If":
        let condition = value ?? node.input.first.flatMap { leading.truth(of: $0, in: self) }
        guard var branch = condition.flatMap(node.branch) else { break }
        branch.rename(avoiding: &used)
        learn(branch.initializer)
        leading.add(branch.initializer)
        initializer += branch.initializer
        // Nested ones are looked at next.
        waiting += branch.nodes(giving: node.output).reversed()
        continue
      default: break
      }
      kept.append(node)
      leading.add(node)
    }
    node = kept
  }

  /// The names that it takes from the graph that it is a branch or a body of.
  var outerNames: [String] {
    var (inside, outer) = (Set(input.map(\.name) + initializer.map(\.name)), [String]())
    for node in self.node {
      let names = node.input + node.attribute.flatMap { $0.hasG ? $0.g.outerNames : [] }
      outer += names.filter { !inside.contains($0) && !$0.isEmpty }
      inside.formUnion(node.output)
    }
    return outer + output.map(\.name).filter { !inside.contains($0) }
  }

  /// The nodes of a branch, followed by others that give its outputs the names of the node's that it is a branch of.
  private func nodes(giving names: [String]) -> [Onnx_NodeProto] {
    node
      + zip(output, names).filter { $0.name != $1 && !$1.isEmpty }.map { inner, name in
        var identity = Onnx_NodeProto()
        (identity.opType, identity.input, identity.output) = ("Identity", [inner.name], [name])
        return identity
      }
  }

  /// Gives values of a branch other names where there are such names already, as branches of different nodes may have.
  private mutating func rename(avoiding used: inout Set<String>) {
    var names: [String: String] = [:]
    for name in initializer.map(\.name) + node.flatMap(\.output) where !name.isEmpty && !used.insert(name).inserted {
      var number = used.count
      while !used.insert("\(name) \(number)").inserted { number += 1 }
      names[name] = "\(name) \(number)"
    }
    if !names.isEmpty { rename(names) }
  }

  private mutating func rename(_ names: [String: String]) {
    for index in initializer.indices {
      if let name = names[initializer[index].name] { initializer[index].name = name }
    }
    for index in output.indices {
      if let name = names[output[index].name] { output[index].name = name }
    }
    for index in node.indices {
      node[index].input = node[index].input.map { names[$0] ?? $0 }
      node[index].output = node[index].output.map { names[$0] ?? $0 }
      for place in node[index].attribute.indices where node[index].attribute[place].hasG {
        node[index].attribute[place].g.rename(names)
      }
    }
  }
}

/// Which nodes a value follows from, while a graph is looked through.
private struct LeadingNodes {
  private let version: Int
  private var nodes: [Onnx_NodeProto] = []
  private var arrays: [String: Onnx_TensorProto] = [:]
  /// The number of the node that gives a value.
  private var givers: [String: Int] = [:]
  /// How many nodes may still be computed, and how many conditions.
  private var (room, conditions) = (1 << 17, 256)

  init(of graph: Onnx_GraphProto, version: Int) {
    self.version = version
    add(graph.initializer)
  }

  mutating func add(_ added: [Onnx_TensorProto]) { for array in added { arrays[array.name] = array } }

  mutating func add(_ node: Onnx_NodeProto) {
    for name in node.output where !name.isEmpty { givers[name] = nodes.count }
    nodes.append(node)
  }

  /// What a condition is if the picture does not change it; `nil` if it does, or there is too much to compute.
  mutating func truth(of name: String, in graph: Onnx_GraphProto) -> Bool? {
    var (waiting, numbers, names) = ([name], Set<Int>(), Set([name]))
    while let next = waiting.popLast() {
      guard let number = givers[next], numbers.insert(number).inserted else { continue }
      waiting += nodes[number].input.filter { names.insert($0).inserted }
    }
    (room, conditions) = (room - numbers.count, conditions - 1)
    guard room >= 0, conditions >= 0 else { return nil }
    let part = try? ONNXGraph(
      leadingTo: name, in: graph, numbers.sorted().map { nodes[$0] }, names.compactMap { arrays[$0] }, version: version)
    return part?.truth
  }
}

extension Onnx_NodeProto {
  /// The graph that an `If` computes for a condition; `nil` if there is none with its outputs.
  fileprivate func branch(_ condition: Bool) -> Onnx_GraphProto? {
    let name = condition ? "then_branch" : "else_branch"
    return attribute.first { $0.name == name && $0.g.output.count == output.count }?.g
  }
}

extension Onnx_TensorProto {
  /// The only element of an array of truth values.
  fileprivate var truth: Bool? {
    guard dataType == 9 else { return nil }
    return rawData.count == 1 ? rawData.first.map { $0 != 0 } : int32Data.count == 1 ? int32Data[0] != 0 : nil
  }
}
