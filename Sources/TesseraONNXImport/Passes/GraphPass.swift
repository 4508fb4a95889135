import TesseraAutograd
import TesseraTensors

/// A graph that is ready to be followed: which values are weights, and how long each value is needed.
final class GraphProgram: Sendable {
  let graph: ONNXGraph
  /// The weights of each node, if it has any.
  let weights: [[WeightUse]]
  /// What is computed, one after the other.
  let steps: [ProgramStep]
  /// The names that are no longer needed after each step.
  private let releases: [[String]]
  /// Which of the layers each node has; `nil` for those without weights.
  private let layerNumbers: [Int?]
  /// Constants that say how to compute.
  private let hostConstants: [String: HostArray]

  /// - Parameter isFusing: whether parts that are one operation of Tessera are computed as such.
  /// - Throws: `ONNXImportError` with all operations that have no translation.
  init(_ graph: ONNXGraph, isFusing: Bool = true) throws(ONNXImportError) {
    self.graph = graph
    var unknown: [String: [String]] = [:]
    for node in graph.nodes {
      let isKnown = Translation.table[node.type] != nil || HostOperation.table[node.type] != nil
      if !isKnown || node.attributes.values.contains(.graph) { unknown[node.type, default: []].append(node.name) }
    }
    guard unknown.isEmpty else {
      let isBranching = ["If", "Loop", "Scan"].contains { unknown[$0] != nil }
      throw ONNXImportError(
        "it has operations that Tessera has no translation of"
          + (isBranching
            ? " (which way If, Loop and Scan go must not depend on the picture: export it for pictures of one size, or "
              + "let 'onnxsim' compute what is known)" : ""),
        items: unknown.sorted { $0.key < $1.key }.map { type, names in
          "\(type) (node \(names[0])" + (names.count > 1 ? " and \(names.count - 1) more)" : ")")
        })
    }
    let hosts = Self.hostNames(of: graph)
    var uses: [[WeightUse]] = []
    for node in graph.nodes {
      let own = node.inputs.enumerated().compactMap { index, name -> WeightUse? in
        guard let constant = graph.constants[name], !hosts.contains(name), constant.isWeight else { return nil }
        return WeightUse(name, node, index, rank: constant.lengths.count)
      }
      // A normalization is one layer if all of it is here.
      uses.append(own.count == 4 ? own : own.map { $0.role == .norm ? $0.asValue : $0 })
    }
    weights = uses
    let names = Set(uses.flatMap { $0.map(\.name) })
    var hostConstants: [String: HostArray] = [:]
    for (name, constant) in graph.constants where !names.contains(name) {
      guard let array = constant.hostArray else {
        throw ONNXImportError("it is damaged", items: ["the values of \(name) are missing"])
      }
      hostConstants[name] = array
    }
    self.hostConstants = hostConstants
    steps = ProgramStep.all(of: graph, weights: names, isFusing: isFusing)
    releases = Self.releases(of: graph, steps)
    var number = 0
    layerNumbers = uses.map { uses in
      defer { number += uses.isEmpty ? 0 : 1 }
      return uses.isEmpty ? nil : number
    }
  }

  /// The names of all weights.
  var weightNames: Set<String> { Set(weights.flatMap { $0.map(\.name) }) }

  /// The values that say how to compute: what operations need as such, and all that those follow from.
  static func hostNames(of graph: ONNXGraph) -> Set<String> {
    var hosts: Set<String> = []
    for node in graph.nodes.reversed() {
      // Of a shape only the lengths count, which are known.
      let isHost = node.type != "Shape" && node.type != "Size" && !hosts.isDisjoint(with: node.outputs)
      let indices = HostOperation.hostInputs[node.type]
      for (index, name) in node.inputs.enumerated() where isHost || indices?.contains(index) ?? false {
        hosts.insert(name)
      }
    }
    return hosts
  }

  private static func releases(of graph: ONNXGraph, _ steps: [ProgramStep]) -> [[String]] {
    var seen = Set(graph.outputs.map(\.name))
    var releases: [[String]] = []
    for step in steps.reversed() {
      let names = step.nodes.flatMap { graph.nodes[$0].inputs + graph.nodes[$0].outputs }
      releases.append(names.filter { seen.insert($0).inserted })
    }
    return releases.reversed()
  }

  /// Follows the graph.
  ///
  /// - Parameters:
  ///   - input: the value of its only input.
  ///   - layers: those of the nodes with weights, in their order.
  ///   - watch: is told what nodes that are computed by themselves give.
  /// - Returns: the value of its output.
  /// - Throws: `ONNXImportError` with the first node that cannot be computed.
  func run(
    _ input: ArrangedVariable, layers: [ONNXLayer], watch: Watch? = nil
  ) throws(ONNXImportError) -> ArrangedVariable {
    let outputs = try run([.variable(input)], layers: layers, joining: input.variable, watch: watch)
    guard case .variable(let output) = outputs.first else {
      throw ONNXImportError("its output does not follow from the picture")
    }
    return output
  }

  /// Follows a graph with any number of inputs and outputs, in the graph's order.
  ///
  /// - Parameters:
  ///   - variable: whose tape the weights are recorded on.
  ///   - room: how many numbers may say how to compute.
  func run(
    _ inputs: [PassValue], layers: [ONNXLayer], joining variable: Variable,
    room: Int = HostArray.mostElementsOfPass, watch: Watch? = nil
  ) throws(ONNXImportError) -> [PassValue] {
    var pass = Pass(
      values: Dictionary(zip(graph.inputs.map(\.name), inputs)) { first, _ in first }, layers: layers,
      variable: variable, watch: watch, room: room)
    for (step, released) in zip(steps, releases) {
      switch step.way {
      case .fused(let fusion, let match) where fuse(step, fusion, match, in: &pass): break
      case .shape: try findShape(of: step.nodes[0], in: &pass)
      default: for index in step.nodes { try compute(index, in: &pass) }
      }
      for name in released { pass.values[name] = nil }
    }
    return graph.outputs.compactMap { output in
      pass.values[output.name] ?? hostConstants[output.name].map { .host($0) }
    }
  }

  /// What somebody does with a node, the name of a result and the result.
  typealias Watch = (ONNXNode, String, PassValue) -> Void

  /// What a pass has found so far.
  private struct Pass {
    var values: [String: PassValue]
    let layers: [ONNXLayer]
    /// Whose tape the weights are recorded on.
    let variable: Variable
    let watch: Watch?
    /// How many more numbers may say how to compute.
    var room: Int
  }

  private func compute(_ index: Int, in pass: inout Pass) throws(ONNXImportError) {
    let node = graph.nodes[index]
    try naming(node) { () throws(NodeFault) in
      for (name, value) in zip(node.outputs, try Translation.results(of: call(index, in: pass))) where !name.isEmpty {
        if case .host(let array) = value { pass.room -= array.count }
        guard pass.room >= 0 else {
          throw NodeFault("the arrays that say how to compute are larger than those of networks")
        }
        if case .variable(let variable) = value { try requireRoom(for: variable.shape) }
        pass.watch?(node, name, value)
        pass.values[name] = value
      }
    }
  }

  private func findShape(of index: Int, in pass: inout Pass) throws(ONNXImportError) {
    let node = graph.nodes[index]
    guard let rule = shapeRules[node.type] else { return }
    try naming(node) { () throws(NodeFault) in
      let shape = try rule(call(index, in: pass))
      try requireRoom(for: shape)
      pass.values[node.outputs[0]] = .shape(shape)
    }
  }

  /// Names the node in what is thrown.
  private func naming(_ node: ONNXNode, _ body: () throws(NodeFault) -> Void) throws(ONNXImportError) {
    do throws(NodeFault) {
      try body()
    } catch {
      throw ONNXImportError("node \(node.name) (\(node.type)): \(error.reason)")
    }
  }

  /// Computes a step as one operation; `false` if it must be computed node by node, which also finds what is wrong.
  private func fuse(_ step: ProgramStep, _ fusion: Fusion, _ match: PatternMatch, in pass: inout Pass) -> Bool {
    let calls = Dictionary(uniqueKeysWithValues: step.nodes.map { ($0, call($0, in: pass)) })
    guard let result = try? fusion.result(FusionCall(match: match, calls: calls)) else { return false }
    if let last = step.nodes.last { pass.values[graph.nodes[last].outputs[0]] = .variable(result) }
    return true
  }

  /// A node with the inputs that are known so far.
  private func call(_ index: Int, in pass: Pass) -> NodeCall {
    let node = graph.nodes[index]
    let layer = layerNumbers[index].flatMap { $0 < pass.layers.count ? pass.layers[$0] : nil }
    var inputs = node.inputs.map { name in pass.values[name] ?? hostConstants[name].map { .host($0) } }
    if let layer {
      for (use, parameter) in zip(weights[index], layer.parameters(for: weights[index])) {
        guard let parameter else { continue }
        let weight = parameter.joining(pass.variable)
        inputs[use.input] = .variable(ArrangedVariable(weight, order: use.order, isConstant: true))
      }
    }
    return NodeCall(node: node, version: graph.version, inputs: inputs, layer: layer)
  }
}

extension ONNXConstant {
  /// Whether it is a weight unless it says how to compute: floats, more than one.
  fileprivate var isWeight: Bool {
    switch self {
    case .floats(let tensor): tensor.count > 1
    case .shape: true
    case .integers: false
    }
  }
}

extension ONNXLayer {
  /// The parameter of each use; `nil` where the whole normalization takes it.
  fileprivate func parameters(for uses: [WeightUse]) -> [Parameter?] {
    var rest = values[...]
    return uses.map { use in
      switch use.role {
      case .filter: filter
      case .bias: bias
      case .norm: nil
      case .value: rest.popFirst()
      }
    }
  }
}
