import TesseraTensors

/// What an operation of your own says about itself beyond a name: it stands in the recorded pass, for whoever reads that.
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
/// Its settings are stored properties: operations with other settings are other values.
public protocol CustomOperation: Sendable, Hashable {
  /// What summaries and drawings call it.
  var name: String { get }

  /// Whether a pixel of its result depends on the same pixel of its inputs alone; `false` where it does not say.
  var isPointwise: Bool { get }
}

extension CustomOperation {
  public var isPointwise: Bool { false }
}

extension OperationKind {
  /// An operation of your own as a value.
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
  /// Records an operation of your own that says more about itself than its name; see
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
