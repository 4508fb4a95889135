import TesseraAutograd
import TesseraTensors

/// What a network computes, as a list of operations: read from one recorded pass, so nothing is specified twice.
///
/// Summaries, drawings and exports of any network are made from it.
/// ```swift
/// let graph = NetworkGraph(of: model, input: [1, 128, 128, 3]) { model($0) }
/// graph.nodes.first?.name   // "encoder.0.first"
/// ```
public struct NetworkGraph: Sendable {
  /// One operation.
  public struct Node: Sendable {
    /// The property path of the module whose parameters it uses, or what it does; names are unique.
    public let name: String
    public let kind: OperationKind
    /// The inputs, in the operation's order.
    public let inputs: [Source]
    /// The result's shape.
    public let shape: Shape
    /// The number of multiply-adds; 0 where they are negligible.
    public let multiplyAdds: Int
    /// The total number of elements in its parameters, without running statistics; a parameter counts where it is first
    /// used.
    public let parameterCount: Int
  }

  /// Where an input of an operation comes from.
  public enum Source: Sendable {
    /// The network's own input.
    case input
    /// The result of the node with this index.
    case node(Int)
    /// A parameter with its property path.
    case parameter(String, Tensor)
    case constant(Tensor)
  }

  /// The shape of the input that was passed.
  public let inputShape: Shape
  /// The operations in execution order; the last one's result is the network's.
  public let nodes: [Node]

  /// Creates the graph of `pass`, which is called once for an input of the shape `input`; dropout is left out.
  ///
  /// For whatever depends on the input, only shapes are computed, which takes no memory.
  ///
  /// - Parameters:
  ///   - module: the module whose property paths name operations and parameters.
  ///   - input: the shape of the input of `pass`.
  ///   - pass: calls the module.
  public init(of module: some Module, input: Shape, pass: (Variable) -> Variable) {
    self.init(of: module, input: input, isDescription: true, pass: pass)
  }

  /// - Parameter isDescription: whether the pass is wanted as the network is known, or else as it is best computed.
  package init(of module: some Module, input: Shape, isDescription: Bool, pass: (Variable) -> Variable) {
    let tape = Tape(readingOperations: (), isDescription: isDescription)
    _ = pass(tape.input(ComputeContext.$current.withValue(ComputeContext.current.describing) { .zeros(input) }))
    var paths: [ObjectIdentifier: String] = [:]
    for (name, parameter) in module.namedParameters { paths[ObjectIdentifier(parameter)] = name }
    var names = UniqueNames()
    var counted: Set<ObjectIdentifier> = []
    inputShape = input
    nodes = tape.operations.map { operation in
      let owner = operation.parameters.lazy.compactMap { paths[ObjectIdentifier($0)] }.first.flatMap(Self.owner)
      let fresh = operation.parameters.filter { counted.insert(ObjectIdentifier($0)).inserted }
      return Node(
        name: names.next(owner ?? operation.name), kind: operation.kind,
        inputs: operation.inputs.map { Self.source($0, paths) }, shape: operation.shape,
        multiplyAdds: operation.multiplyAdds,
        parameterCount: fresh.filter { $0.kind != .statistic }.reduce(0) { $0 + $1.shape.elementCount })
    }
  }

  /// The shape of an operation's input.
  public func shape(of source: Source) -> Shape {
    switch source {
    case .input: inputShape
    case .node(let index): nodes[index].shape
    case .parameter(_, let value), .constant(let value): value.shape
    }
  }

  /// The module that a parameter belongs to: `encoder.0.first` for `encoder.0.first.filter`; `nil` for the network
  /// itself.
  private static func owner(of path: String) -> String? {
    let steps = path.split(separator: ".").dropLast()
    return steps.isEmpty ? nil : steps.joined(separator: ".")
  }

  private static func source(_ source: Tape.Source?, _ paths: [ObjectIdentifier: String]) -> Source {
    switch source {
    case .operation(let index): return .node(index)
    case .parameter(let parameter):
      // A parameter that the module does not hold is effectively a constant.
      return paths[ObjectIdentifier(parameter)].map { .parameter($0, parameter.value) } ?? .constant(parameter.value)
    case .constant(let value): return .constant(value)
    case .input, nil: return .input
    }
  }
}

/// Makes names unique: `maxPool`, `maxPool_2`, ...
private struct UniqueNames {
  private var uses: [String: Int] = [:]

  mutating func next(_ name: String) -> String {
    uses[name, default: 0] += 1
    return uses[name] == 1 ? name : "\(name)_\(uses[name]!)"
  }
}
