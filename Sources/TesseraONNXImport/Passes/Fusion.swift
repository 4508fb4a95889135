import TesseraAutograd
import TesseraTensors

/// A part of a graph that is computed as one operation, which exporters spell out in several.
///
/// The graph stays as it is, with all its weights: a fusion says how to compute the result of the part. Where shapes,
/// which are known only when the graph is followed, do not fit, the part is computed node by node.
struct Fusion: Sendable {
  /// What it is, for messages and tests.
  let name: String
  /// All ways in which the part may end with a node.
  let matches: @Sendable (_ matcher: PatternMatcher, _ node: Int) -> [PatternMatch]
  /// The part's value; `nil` if it must be computed node by node.
  let result: @Sendable (FusionCall) throws(NodeFault) -> ArrangedVariable?

  init(
    _ name: String, matches: @escaping @Sendable (PatternMatcher, Int) -> [PatternMatch],
    result: @escaping @Sendable (FusionCall) throws(NodeFault) -> ArrangedVariable?
  ) {
    (self.name, self.matches, self.result) = (name, matches, result)
  }

  init(
    _ name: String, _ pattern: Pattern, result: @escaping @Sendable (FusionCall) throws(NodeFault) -> ArrangedVariable?
  ) {
    self.init(name, matches: { $0.matches(pattern, resultOf: $1) }, result: result)
  }

  /// All that are known; the first that fits is taken.
  static let all: [Fusion] = activations + normalizations + [attention] + convolutions
}

/// A step of a program: nodes that are computed together.
struct ProgramStep: Sendable {
  enum Way: Sendable {
    /// One node after the other.
    case plain
    /// As one operation, if shapes fit.
    case fused(Fusion, PatternMatch)
    /// Only the result's shape, which other nodes ask for before a later step computes the node.
    case shape
  }

  /// In the graph's order; the last one gives the result.
  let nodes: [Int]
  let way: Way

  /// The operation that the nodes become; `nil` if they stay what they are.
  var fusion: Fusion? { if case .fused(let fusion, _) = way { fusion } else { nil } }

  /// The steps of a graph, in an order in which each finds its inputs.
  ///
  /// - Parameter weights: the names of the graph's weights.
  static func all(of graph: ONNXGraph, weights: Set<String>, isFusing: Bool) -> [ProgramStep] {
    let matcher = PatternMatcher(index: GraphIndex(graph, weights: weights))
    var steps: [Int: ProgramStep] = [:]
    var taken: Set<Int> = []
    // The last nodes come first: a part of a part is no part of its own.
    for node in graph.nodes.indices.reversed() where isFusing && !taken.contains(node) {
      guard !graph.nodes[node].outputs.contains(where: matcher.index.known.contains) else { continue }
      for fusion in Fusion.all {
        let found = fusion.matches(matcher, node).lazy.filter { taken.isDisjoint(with: $0.inside) }.compactMap {
          match in
          matcher.index.shapesNeeded(of: match.inside, root: node).map { (match: match, shapes: $0) }
        }.first
        guard let found else { continue }
        for node in found.shapes { steps[node] = ProgramStep(nodes: [node], way: .shape) }
        steps[node] = ProgramStep(nodes: found.match.inside.sorted(), way: .fused(fusion, found.match))
        taken.formUnion(found.match.inside)
        break
      }
    }
    return graph.nodes.indices.compactMap { node in
      steps[node] ?? (taken.contains(node) ? nil : ProgramStep(nodes: [node], way: .plain))
    }
  }
}

/// A part of a graph in a pass, with the values that it is computed from.
struct FusionCall {
  let match: PatternMatch
  /// The nodes of the part, with the inputs that are there before any of them is computed.
  let calls: [Int: NodeCall]

  /// A named node.
  func node(_ name: String) throws(NodeFault) -> NodeCall {
    guard let call = match.nodes[name].flatMap({ calls[$0] }) else { throw NodeFault("it has no \(name)") }
    return call
  }

  func has(_ name: String) -> Bool { match.places[name] != nil }

  /// A named value.
  func variable(_ name: String) throws(NodeFault) -> ArrangedVariable {
    guard let place = match.places[name], let call = calls[place.node] else { throw NodeFault("it has no \(name)") }
    return try call.variable(place.input)
  }

  /// A named number; `nil` if it is an array.
  func number(_ name: String) throws(NodeFault) -> Float? { try match.places[name].flatMap(number) }

  /// The product of the factors under a name; `nil` if one is no number.
  func factor(_ name: String) throws(NodeFault) -> Float? {
    var product: Float = 1
    for factor in match.factors[name] ?? [] {
      guard let number = try number(factor.place) else { return nil }
      product = factor.isDivisor ? product / number : product * number
    }
    return product
  }

  private func number(_ place: PatternMatch.Place) throws(NodeFault) -> Float? {
    guard case .host(let array) = calls[place.node]?.input(place.input), array.count == 1 else { return nil }
    return Float(array.values[0])
  }

  /// A named value as a vector of all places of one axis of another value; `nil` if it is something else.
  func vector(_ name: String, along axis: Int, of other: ArrangedVariable) throws(NodeFault) -> Variable? {
    let value = try variable(name)
    guard value.rank <= other.rank else { return nil }
    let lengths = [Int](repeating: 1, count: other.rank - value.rank) + value.shape
    let length = other.shape[axis]
    guard lengths.enumerated().allSatisfy({ $0.element == ($0.offset == axis ? length : 1) }) else { return nil }
    return value.shape == [length] ? value.variable : value.variable.reshaped(to: [length])
  }
}
