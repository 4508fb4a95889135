import TesseraTensors

extension Tape {
  /// One operation of the recorded pass.
  public struct Operation {
    /// What was computed.
    public let kind: OperationKind
    /// Where its inputs come from; `nil` for values without a record, to which no gradient flows.
    public let inputs: [Source?]
    /// The result's shape.
    public let shape: Shape
    /// The number of multiply-adds; 0 where they are negligible.
    public let multiplyAdds: Int

    /// The name, such as `conv2D`.
    public var name: String { kind.name }
    /// The parameters among its inputs.
    public var parameters: [Parameter] {
      inputs.compactMap { if case .parameter(let parameter) = $0 { parameter } else { nil } }
    }
  }

  /// Where an operation's input comes from.
  public enum Source {
    /// From the operation with this index in ``Tape/operations``.
    case operation(Int)
    case parameter(Parameter)
    /// From the tape's own variables and inputs, numbered in the order in which they were made.
    case input(Int)
    case constant(Tensor)
  }

  /// All operations in execution order, without leaves.
  public var operations: [Operation] {
    var sources: [Source] = []
    var (operations, inputs) = (0, 0)
    for (index, record) in records.enumerated() {
      if record.kind != nil {
        sources.append(.operation(operations))
        operations += 1
      } else if let parameter = parameterOfRecord[index] {
        sources.append(.parameter(parameter))
      } else if let value = constants[index] {
        sources.append(.constant(value))
      } else {
        sources.append(.input(inputs))
        inputs += 1
      }
    }
    return records.compactMap { record in
      record.kind.map { kind in
        Operation(
          kind: kind, inputs: record.inputs.map { $0.map { sources[$0] } }, shape: record.shape,
          multiplyAdds: record.multiplyAdds)
      }
    }
  }
}
