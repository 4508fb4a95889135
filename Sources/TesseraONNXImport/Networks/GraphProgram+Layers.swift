import TesseraAutograd
import TesseraLayers
import TesseraTensors

extension GraphProgram {
  /// The layers of all nodes with weights, with new values.
  ///
  /// - Parameters:
  ///   - classes: the outputs that the last layer has instead of its own; `nil` for its own.
  ///   - random: the stream that initial weights are drawn from.
  func layers(classes: Int?, random: RandomStream) -> [ONNXLayer] {
    let last = classes == nil ? [:] : classifier.axes
    var random = random
    // A weight that several nodes use in the same order is one parameter.
    var known: [String: Parameter] = [:]
    func parameter(_ use: WeightUse, _ node: Int) -> Parameter {
      var lengths = use.order.map { graph.constants[use.name]!.lengths[$0] }
      if let classes, let axis = last[node]?[use.input] { lengths[axis] = classes }
      let shape = Shape(lengths)
      let key = "\(use.name) \(shape) \(use.order)"
      if let parameter = known[key] { return parameter }
      let isVector = lengths.filter { $0 > 1 }.count <= 1
      let made =
        use.role == .filter && !isVector
        ? Initializer.heNormal.parameter(shape, random: &random)
        : Parameter(shape: shape, kind: isVector ? .bias : .weight) { .zeros(shape) }
      known[key] = made
      return made
    }
    return graph.nodes.indices.filter { !weights[$0].isEmpty }.map { index in
      let (node, uses) = (graph.nodes[index], weights[index])
      func of(_ role: WeightUse.Role) -> [Parameter] {
        uses.filter { $0.role == role }.map { parameter($0, index) }
      }
      let isNormalization = uses.contains { $0.role == .norm }
      return ONNXLayer(
        node: node.name, filter: of(.filter).first, bias: of(.bias).first,
        norm: isNormalization ? batchNormalization(node, uses) : nil, values: of(.value))
    }
  }

  /// Statistics move as in PyTorch unless the file says otherwise; its momentum is the share that is kept.
  private func batchNormalization(_ node: ONNXNode, _ uses: [WeightUse]) -> BatchNorm {
    func number(_ name: String, or standard: Float) -> Float {
      if case .float(let value) = node.attributes[name] { value } else { standard }
    }
    let channels = graph.constants[uses[0].name]!.lengths.reduce(1, *)
    return BatchNorm(
      channels,
      convention: .init(
        momentum: min(max(number("momentum", or: 0.9), 0), 1), epsilon: number("epsilon", or: 1e-5), isUnbiased: true))
  }

  /// The values that the graph holds become the layers'.
  func fill(_ layers: [ONNXLayer]) {
    var filled: Set<ObjectIdentifier> = []
    var remaining = layers[...]
    for uses in weights where !uses.isEmpty {
      guard let layer = remaining.popFirst() else { return }
      let norm = layer.norm.map { [$0.scale, $0.offset, $0.runningMean, $0.runningVariance] } ?? []
      var values = layer.values[...]
      for use in uses {
        let parameter: Parameter? =
          switch use.role {
          case .filter: layer.filter
          case .bias: layer.bias
          case .norm: norm[use.input - 1]
          case .value: values.popFirst()
          }
        guard let parameter, filled.insert(ObjectIdentifier(parameter)).inserted,
          case .floats(let tensor) = graph.constants[use.name]
        else { continue }
        parameter.value = use.order == Array(0..<use.order.count) ? tensor : tensor.transposed(use.order)
      }
    }
  }
}
