import TesseraTensors

/// What a custom operation says about itself beyond its name; it is part of the recorded pass, for code that reads it.
///
/// ```swift
/// struct HardSwish: CustomOperation {
///   let name = "hardSwish"
///   let isPointwise = true
/// }
///
/// func hardSwish(_ x: Variable) -> Variable {
///   .operation(HardSwish(), on: [x], value: ...) { gradient in ... }
/// }
/// ```
/// Its settings are stored properties: operations with different settings are different values.
public protocol CustomOperation: Sendable, Hashable {
  /// What summaries and drawings call it.
  var name: String { get }

  /// Whether a pixel of its result depends only on the same pixel of its inputs; `false` by default.
  var isPointwise: Bool { get }
}

extension CustomOperation {
  public var isPointwise: Bool { false }
}

/// A custom operation whose result follows from its settings and inputs alone, so that a plan of inference may contain
/// it.
public protocol ReplayableOperation: CustomOperation {
  /// Computes the operation from the values of its inputs.
  func result(of inputs: [Tensor]) -> Tensor
}

extension OperationKind {
  /// A custom operation as a value.
  public struct Custom: Sendable, Hashable {
    public let operation: any CustomOperation

    public init(_ operation: any CustomOperation) { self.operation = operation }

    public static func == (left: Custom, right: Custom) -> Bool {
      AnyHashable(left.operation) == AnyHashable(right.operation)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(operation)) }
  }
}

extension Variable {
  /// Records a custom operation that says more about itself than its name; see
  /// ``operation(_:on:value:multiplyAdds:pullback:)-swift.type.method``.
  public static func operation(
    _ operation: some CustomOperation, on inputs: [Variable], value: @autoclosure () -> Tensor, multiplyAdds: Int = 0,
    pullback: @escaping Tape.Pullback
  ) -> Variable {
    .operation(
      OperationKind.custom(.init(operation)), on: inputs, value: value(), multiplyAdds: multiplyAdds,
      pullback: pullback)
  }

  /// Records an operation that computes its value itself.
  ///
  /// - Parameters:
  ///   - operation: what is computed.
  ///   - inputs: what it is computed from.
  ///   - multiplyAdds: the number of multiply-adds, for summaries.
  ///   - pullback: maps the gradient of the value, with the values of the inputs and the value itself, to the gradients
  ///     of the inputs.
  public static func operation(
    replaying operation: some ReplayableOperation, on inputs: [Variable], multiplyAdds: Int = 0,
    pullback: @escaping (_ gradient: inout Tensor, _ inputs: [Tensor], _ result: Tensor) -> [Tensor?]
  ) -> Variable {
    let values = inputs.map(\.value)
    let result = computing(on: inputs) { operation.result(of: values) }
    return .operation(operation, on: inputs, value: result, multiplyAdds: multiplyAdds) { gradient in
      pullback(&gradient, values, result)
    }
  }
}
