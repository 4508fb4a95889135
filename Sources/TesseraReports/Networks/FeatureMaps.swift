import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// What a drawing of a network shows: its feature maps, and the operations between them.
///
/// Elementwise operations with one input stay in the map that they change; what is computed only to be joined is a part
/// of the joined map.
package struct FeatureMaps {
  /// A result that is drawn.
  package struct Map {
    package enum Look: Equatable {
      case plain
      /// Several results side by side.
      case joined
      /// The sum of several results.
      case sum
      /// The product of several results, such as of a map and of a number for each of its channels.
      case product

      /// Whether it is a small sign instead of a map.
      var isSign: Bool { self == .sum || self == .product }
    }
    package let look: Look
    package let shape: Shape
    /// Channels of each part; one for a plain map.
    package var parts: [Part]
    /// What the map is, shown on hover.
    package let note: String
  }

  package struct Part {
    package let channels: Int
    /// Whether it is another map, unchanged.
    package let isCopy: Bool
  }

  /// An operation that leads from one map into a part of another.
  package struct Edge {
    package let source: Int
    package let target: Int
    package let part: Int
    package let look: OperationLook
  }

  package private(set) var maps: [Map] = []
  package private(set) var edges: [Edge] = []

  private struct Operand { let map: Int, look: OperationLook }

  package init(_ graph: NetworkGraph) {
    var consumers = [Int](repeating: 0, count: graph.nodes.count)
    var joiners = consumers
    for node in graph.nodes {
      for case .node(let source) in node.inputs {
        consumers[source] += 1
        if case .concatenate = node.kind { joiners[source] += 1 }
      }
    }
    maps.append(
      Map(
        look: .plain, shape: graph.inputShape, parts: [Part(channels: graph.inputShape[-1], isCopy: false)],
        note: "input \(graph.inputShape)"))
    let looks = Self.looks(of: graph)
    // Where each node's result is found, and which operation still has to be drawn on the way from there.
    var results: [Operand] = []
    for (index, node) in graph.nodes.enumerated() {
      let operands = node.inputs.compactMap { source -> Operand? in
        switch source {
        case .node(let index): results[index]
        case .input: Operand(map: 0, look: .copy)
        case .parameter, .constant: nil
        }
      }
      let source = operands.first?.map ?? 0
      let look = looks[index]
      let isJoinedOnly = consumers[index] == 1 && joiners[index] == 1
      let isInPlace = look == .elementwise || ["reshape", "concatenate"].contains(node.kind.name)
      if operands.count == 1, isInPlace, maps[source].shape.pixels == node.shape.pixels,
        maps[source].shape[-1] == node.shape[-1]
      {
        results.append(operands[0])
      } else if operands.count == 1, isJoinedOnly, operands[0].look == .copy {
        results.append(Operand(map: source, look: look))
      } else {
        results.append(Operand(map: add(node, operands, look), look: .copy))
      }
    }
  }

  /// How each node is drawn: with its activation, unless that makes more looks than their family has lines.
  private static func looks(of graph: NetworkGraph) -> [OperationLook] {
    let looks = graph.nodes.map { OperationLook($0) }
    let families = Dictionary(grouping: Set(looks)) { $0.style.color }
    return zip(graph.nodes, looks).map { node, look in
      let members = families[look.style.color]?.count ?? 0
      return members > look.style.dashes.count ? OperationLook(node, isBrief: true) : look
    }
  }

  /// A map for the result of `node`, with the edges that lead into it.
  private mutating func add(_ node: NetworkGraph.Node, _ operands: [Operand], _ look: OperationLook) -> Int {
    var note = "\(node.name): \(look == .elementwise ? node.kind.name : look.label), \(node.shape)"
    if node.parameterCount > 0 { note += ", \(grouped(node.parameterCount)) parameters" }
    if node.multiplyAdds > 0 { note += ", \(grouped(node.multiplyAdds)) multiply-adds" }
    let target = maps.count
    if case .concatenate = node.kind, operands.allSatisfy({ maps[$0.map].shape.rank == 4 }) {
      // Copies come first: they come from the left.
      let inOrder = operands.enumerated().sorted { left, right in
        (left.element.look == .copy ? 0 : 1, left.offset) < (right.element.look == .copy ? 0 : 1, right.offset)
      }
      let copied = operands.filter { $0.look == .copy }.reduce(0) { $0 + maps[$1.map].shape[-1] }
      let computed = operands.count { $0.look != .copy }
      maps.append(
        Map(
          look: .joined, shape: node.shape,
          parts: inOrder.map { _, operand in
            let isCopy = operand.look == .copy
            return Part(
              channels: isCopy ? maps[operand.map].shape[-1] : (node.shape[-1] - copied) / max(1, computed),
              isCopy: isCopy)
          }, note: note))
      for (part, operand) in inOrder.enumerated() {
        edges.append(
          Edge(source: operand.element.map, target: target, part: part, look: operand.element.look))
      }
      return target
    }
    let isArithmetic = operands.count > 1 && look == .elementwise
    maps.append(
      Map(
        look: !isArithmetic ? .plain : node.kind == "multiply" ? .product : .sum, shape: node.shape,
        parts: [Part(channels: node.shape[-1], isCopy: false)],
        note: note))
    for operand in operands {
      edges.append(
        Edge(source: operand.map, target: target, part: 0, look: isArithmetic ? .copy : look))
    }
    return target
  }
}

extension Shape {
  /// The number of pixels of all pictures, also where they stand in a row.
  fileprivate var pixels: Int { elementCount / max(1, self[-1]) }
}
