import TesseraAutograd
import TesseraTensors

/// A graph that is ready to be followed: which values are weights, and how long each value is needed.
final class GraphProgram: Sendable {
  let graph: ONNXGraph
  /// The weights of each node, if it has any.
  let weights: [[WeightUse]]
  /// The names that are no longer needed after each node.
  private let releases: [[String]]
  /// Constants that say how to compute.
  private let hostConstants: [String: HostArray]

  /// - Throws: `ONNXImportError` with all operations that have no translation.
  init(_ graph: ONNXGraph) throws(ONNXImportError) {
    self.graph = graph
    var unknown: [String: [String]] = [:]
    for node in graph.nodes {
      let isKnown = Translation.table[node.type] != nil || HostOperation.table[node.type] != nil
      if !isKnown || node.attributes.values.contains(.graph) { unknown[node.type, default: []].append(node.name) }
    }
    guard unknown.isEmpty else {
      throw ONNXImportError(
        "it has operations that Tessera has no translation of",
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
    releases = Self.releases(of: graph)
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

  private static func releases(of graph: ONNXGraph) -> [[String]] {
    var seen = Set(graph.outputs.map(\.name))
    var releases: [[String]] = []
    for node in graph.nodes.reversed() {
      releases.append((node.inputs + node.outputs).filter { seen.insert($0).inserted })
    }
    return releases.reversed()
  }

  /// Follows the graph.
  ///
  /// - Parameters:
  ///   - input: the value of its only input.
  ///   - layers: those of the nodes with weights, in their order.
  /// - Returns: the value of its output.
  /// - Throws: `ONNXImportError` with the first node that cannot be computed.
  func run(_ input: ArrangedVariable, layers: [ONNXLayer]) throws(ONNXImportError) -> ArrangedVariable {
    guard case .variable(let output) = try run([.variable(input)], layers: layers, joining: input.variable).first else {
      throw ONNXImportError("its output does not follow from the picture")
    }
    return output
  }

  /// Follows a graph with any number of inputs and outputs, in the graph's order.
  ///
  /// - Parameter variable: whose tape the weights are recorded on.
  func run(
    _ inputs: [PassValue], layers: [ONNXLayer], joining variable: Variable
  ) throws(ONNXImportError) -> [PassValue] {
    var values = Dictionary(zip(graph.inputs.map(\.name), inputs)) { first, _ in first }
    var remaining = layers[...]
    var room = HostArray.mostElementsOfPass
    for (index, node) in graph.nodes.enumerated() {
      let layer = weights[index].isEmpty ? nil : remaining.popFirst()
      do throws(NodeFault) {
        var inputs = node.inputs.map { name in values[name] ?? hostConstants[name].map { .host($0) } }
        if let layer {
          for (use, parameter) in zip(weights[index], layer.parameters(for: weights[index])) {
            guard let parameter else { continue }
            let weight = parameter.joining(variable)
            inputs[use.input] = .variable(ArrangedVariable(weight, order: use.order, isConstant: true))
          }
        }
        let call = NodeCall(node: node, version: graph.version, inputs: inputs, layer: layer)
        for (name, value) in zip(node.outputs, try Translation.results(of: call)) where !name.isEmpty {
          if case .host(let array) = value { room -= array.count }
          guard room >= 0 else {
            throw NodeFault("the arrays that say how to compute are larger than those of networks")
          }
          if case .variable(let variable) = value { try requireRoom(for: variable.shape) }
          values[name] = value
        }
      } catch {
        throw ONNXImportError("node \(node.name) (\(node.type)): \(error.reason)")
      }
      for name in releases[index] { values[name] = nil }
    }
    return graph.outputs.compactMap { output in values[output.name] ?? hostConstants[output.name].map { .host($0) } }
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
