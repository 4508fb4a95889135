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
}
