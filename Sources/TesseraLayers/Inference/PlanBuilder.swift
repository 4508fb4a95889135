import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// Turns a recorded pass into the steps of a plan, one node after the other.
///
/// A convolution or matrix product waits until its value is needed; a batch normalization, a sum and an activation that
/// follow it become part of it if nothing else uses what is between.
struct PlanBuilder {
  private(set) var steps: [PlannedStep] = []
  /// Slot 0 is the input's.
  private(set) var slots = 1
  private let graph: NetworkGraph
  /// How many operations use each node's result, the network's own included.
  private let users: [Int]
  private var results: [Result?]

  /// What is known of a node's result.
  private enum Result {
    case known(PlanValues.Operand)
    case waiting(PlannedConvolution)
  }

  init(_ graph: NetworkGraph) {
    self.graph = graph
    var users = [Int](repeating: 0, count: graph.nodes.count)
    for node in graph.nodes {
      for case .node(let index) in node.inputs { users[index] += 1 }
    }
    if !users.isEmpty { users[users.count - 1] += 1 }
    self.users = users
    results = Array(repeating: nil, count: users.count)
  }

  /// Adds all nodes and returns where the network's result is; `nil` if an operation is not known.
  mutating func addAll() -> PlanValues.Operand? {
    for (index, node) in graph.nodes.enumerated() {
      guard let result = add(node) else { return nil }
      results[index] = result
    }
    return graph.nodes.isEmpty ? .slot(0) : operand(.node(graph.nodes.count - 1))
  }

  private mutating func add(_ node: NetworkGraph.Node) -> Result? {
    if let convolution = PlannedConvolution(node, in: graph, constant: { constant($0) }) {
      if case .constant(let input) = operand(convolution.input) {
        return .known(.constant(convolution.computed(on: input)))
      }
      return .waiting(convolution)
    }
    if let joined = joined(node) { return joined }
    guard let body = PlannedOperation.body(of: node, in: graph) else { return nil }
    let operands = node.inputs.map { operand($0) }
    let constants = operands.compactMap { if case .constant(let value) = $0 { value } else { nil } }
    if constants.count == operands.count {
      var none = PlanValues(input: Tensor(0), slots: 1)
      return .known(.constant(body(operands, &none)))
    }
    return .known(step(operands, body))
  }

  /// The convolution that `node` becomes part of.
  private mutating func joined(_ node: NetworkGraph.Node) -> Result? {
    func waiting(_ source: NetworkGraph.Source) -> (index: Int, PlannedConvolution)? {
      guard case .node(let index) = source, users[index] == 1, case .waiting(let convolution) = results[index] else {
        return nil
      }
      return (index, convolution)
    }
    switch node.kind {
    case .batchNormalization(let epsilon):
      let vectors = node.inputs.dropFirst().compactMap { constant($0) }
      guard vectors.count == 4, let (_, convolution) = waiting(node.inputs[0]),
        let normalized = convolution.normalized(by: vectors, epsilon: epsilon)
      else { return nil }
      return .waiting(normalized)
    case .named("add"):
      for (one, other) in [(0, 1), (1, 0)] {
        guard let (index, convolution) = waiting(node.inputs[one]),
          let sum = convolution.adding(
            node.inputs[other], shape: graph.shape(of: node.inputs[other]), constant: constant(node.inputs[other]))
        else { continue }
        // What is added must be known when the convolution runs.
        results[index] = nil
        _ = operand(node.inputs[other])
        return .waiting(sum)
      }
      return nil
    case .activation(let activation):
      guard let (_, convolution) = waiting(node.inputs[0]), convolution.activation == .identity else { return nil }
      return .known(run(convolution.followed(by: activation)))
    default: return nil
    }
  }

  private func constant(_ source: NetworkGraph.Source) -> Tensor? {
    switch source {
    case .parameter(_, let value), .constant(let value): value
    case .node(let index): if case .known(.constant(let value)) = results[index] { value } else { nil }
    case .input: nil
    }
  }

  private mutating func operand(_ source: NetworkGraph.Source) -> PlanValues.Operand {
    switch source {
    case .input: return .slot(0)
    case .parameter(_, let value), .constant(let value): return .constant(value)
    case .node(let index):
      switch results[index]! {
      case .known(let operand): return operand
      case .waiting(let convolution):
        let operand = run(convolution)
        results[index] = .known(operand)
        return operand
      }
    }
  }

  private mutating func run(_ convolution: PlannedConvolution) -> PlanValues.Operand {
    let operands = ([convolution.input] + (convolution.addend.map { [$0] } ?? [])).map { operand($0) }
    return step(operands, convolution.body)
  }

  private mutating func step(
    _ operands: [PlanValues.Operand], _ body: @escaping PlannedStep.Body
  ) -> PlanValues.Operand {
    defer { slots += 1 }
    steps.append(PlannedStep(operands: operands, target: slots, body: body))
    return .slot(slots)
  }
}
