import TesseraTensors

extension Variable {
  /// Records a custom operation: its value and the pullback that maps the gradient of the value to the gradients of
  /// `inputs` (`nil` for an input that needs none).
  ///
  /// ```swift
  /// func cube(_ x: Variable) -> Variable {
  ///   let cubed = x.value * x.value * x.value
  ///   return .operation("cube", on: [x], value: cubed) { [x = x.value] gradient in [x * x * gradient * 3] }
  /// }
  /// ```
  /// - Parameters:
  ///   - kind: what it does; a name is enough.
  ///   - inputs: what the value was computed from.
  ///   - value: the result.
  ///   - multiplyAdds: the number of multiply-adds, for summaries.
  ///   - pullback: captures the values it needs, never variables: those hold the tape, which holds the pullback. It is
  ///     released after use, and not kept where no gradient is wanted.
  public static func operation(
    _ kind: OperationKind, on inputs: [Variable], value: @autoclosure () -> Tensor, multiplyAdds: Int = 0,
    pullback: @escaping Tape.Pullback
  ) -> Variable {
    .operation(
      kind, on: inputs, result: Variable(computing(on: inputs) { value() }), multiplyAdds: multiplyAdds,
      backward: .plain(pullback))
  }

  /// The same for a result that may be computed later.
  static func operation(
    _ kind: OperationKind, on inputs: [Variable], result: Variable, multiplyAdds: Int = 0,
    pullback: @escaping Tape.Pullback
  ) -> Variable {
    .operation(kind, on: inputs, result: result, multiplyAdds: multiplyAdds, backward: .plain(pullback))
  }

  /// The same for a pullback that may add what is known of the first input's gradient.
  static func operation(
    _ kind: OperationKind, on inputs: [Variable], result: Variable, multiplyAdds: Int = 0, backward: Tape.Backward
  ) -> Variable {
    guard let tape = inputs.lazy.compactMap(\.tape).first else { return result }
    require(
      inputs.allSatisfy { $0.tape == nil || $0.tape === tape }, "\(kind.name): the inputs lie on different tapes")
    return tape.record(kind, inputs: inputs, result: result, multiplyAdds: multiplyAdds, backward: backward)
  }

  /// Returns what `body` computes from `inputs`: the arithmetic of an operation. If they are shapes without numbers, so
  /// is the result.
  static func computing<Result>(on inputs: [Variable], _ body: () -> Result) -> Result {
    guard inputs.contains(where: \.isHollow) else { return body() }
    return ComputeContext.$current.withValue(ComputeContext.current.describing, operation: body)
  }
}
