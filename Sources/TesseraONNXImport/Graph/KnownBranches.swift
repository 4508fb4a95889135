import TesseraONNX

extension Onnx_GraphProto {
  /// Replaces each `If` whose condition does not depend on the picture by the branch that this chooses: exporters write
  /// them for settings of a program, and for axes that may be left out.
  ///
  /// - Parameter version: of the operators.
  mutating func takeKnownBranches(version: Int) {
    // A condition that is computed takes as long as the graph before it.
    var computations = 256
    func computed(_ name: String?, _ kept: [Onnx_NodeProto]) -> Bool? {
      computations -= 1
      guard computations >= 0, let name else { return nil }
      return (try? ONNXGraph(leadingTo: name, in: self, after: kept, version: version))?.truth
    }
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
        guard let branch = (value ?? computed(node.input.first, kept)).flatMap(node.branch) else { break }
        learn(branch.initializer)
        initializer += branch.initializer
        // Nested ones are looked at next.
        waiting += branch.nodes(giving: node.output).reversed()
        continue
      default: break
      }
      kept.append(node)
    }
    node = kept
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
