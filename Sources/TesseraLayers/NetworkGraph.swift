import TesseraAutograd
import TesseraTensors

/// What a network computes, as a list of operations: read from one recorded pass, so that nothing is written down twice.
///
/// Summaries, drawings and exports follow from it, for any network.
/// ```swift
/// let graph = NetworkGraph(of: model, input: [1, 128, 128, 3]) { model($0) }
/// graph.nodes.first?.name   // "encoder.0.first"
/// ```
public struct NetworkGraph: Sendable {
  /// One operation.
  public struct Node: Sendable {
    /// The property path of the module whose parameters it has, or what it does; each name occurs once.
    public let name: String
    public let kind: OperationKind
    /// In the operation's order.
    public let inputs: [Source]
    /// The result's shape.
    public let shape: Shape
    /// Multiplications with addition; 0 where they do not count.
    public let multiplyAdds: Int
    /// How many numbers its parameters hold; a parameter counts where it is used first.
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
  /// In the order in which they run; the last one's result is the network's.
  public let nodes: [Node]

  /// The operations of `pass`, called once for an input of the shape `input`; dropout is none of them.
  ///
  /// Nothing that depends on the input is computed: only its shape is, in no memory.
  ///
  /// - Parameters:
  ///   - module: whose property paths name operations and parameters.
  ///   - input: the shape of what `pass` gets.
  ///   - pass: calls the module.
  public init(of module: some Module, input: Shape, pass: (Variable) -> Variable) {
    let tape = Tape(readingOperations: ())
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
        multiplyAdds: operation.multiplyAdds, parameterCount: fresh.reduce(0) { $0 + $1.shape.elementCount })
    }
  }

  /// The shape of what an operation takes.
  public func shape(of source: Source) -> Shape {
    switch source {
    case .input: inputShape
    case .node(let index): nodes[index].shape
    case .parameter(_, let value), .constant(let value): value.shape
    }
  }

  /// The module that a parameter belongs to: `encoder.0.first` of `encoder.0.first.filter`; `nil` for the network itself.
  private static func owner(of path: String) -> String? {
    let steps = path.split(separator: ".").dropLast()
    return steps.isEmpty ? nil : steps.joined(separator: ".")
  }

  private static func source(_ source: Tape.Source?, _ paths: [ObjectIdentifier: String]) -> Source {
    switch source {
    case .operation(let index): return .node(index)
    case .parameter(let parameter):
      // A parameter that the module does not hold is as good as a constant.
      return paths[ObjectIdentifier(parameter)].map { .parameter($0, parameter.value) } ?? .constant(parameter.value)
    case .constant(let value): return .constant(value)
    case .input, nil: return .input
    }
  }
}

/// Gives each name once: `maxPool`, `maxPool_2`, ...
private struct UniqueNames {
  private var uses: [String: Int] = [:]

  mutating func next(_ name: String) -> String {
    uses[name, default: 0] += 1
    return uses[name] == 1 ? name : "\(name)_\(uses[name]!)"
  }
}
