import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Translation {
  /// Elementwise functions of several variables, with broadcasting.
  static let arithmetic: [String: Body] = [
    "Add": two(+), "Sub": two(-), "Mul": two(*), "Div": two(/), "Sum": folded(+),
    "Max": folded(isOfOneShape: true) { PairFunction(.maximum)($0, $1) },
    "Min": folded(isOfOneShape: true) { PairFunction(.minimum)($0, $1) },
    "Mean": { call throws(NodeFault) in
      let aligned = try operands(of: call)
      let sum = aligned.variables.dropFirst().reduce(aligned.variables[0], +)
      return [.variable(aligned.result(sum / Float(call.inputs.count)))]
    },
    "Equal": pair(.equal), "Greater": pair(.greater), "GreaterOrEqual": pair(.greaterOrEqual), "Less": pair(.less),
    "LessOrEqual": pair(.lessOrEqual), "And": pair(.and), "Or": pair(.or), "Xor": pair(.exclusiveOr),
    "Mod": { call throws(NodeFault) in
      try pair(.remainder(isTruncated: try call.integer("fmod", or: 0) == 1))(call)
    },
    "Pow": { call throws(NodeFault) in
      guard case .host(let exponent) = call.input(1), exponent.count == 1, exponent.shape.count <= 1 else {
        return try pair(.power)(call)
      }
      return try one { raised($0, to: Float(exponent.values[0])) }(call)
    },
    "Where": { call throws(NodeFault) in
      let aligned = try operands(of: call)
      guard aligned.variables.count == 3 else { throw NodeFault("it takes three inputs") }
      let parts = aligned.repeated
      return [.variable(aligned.result(Selection()(parts[0], parts[1], parts[2])))]
    },
  ]

  private static func raised(_ x: Variable, to exponent: Float) -> Variable {
    switch exponent {
    case 1: x
    case 2: x.squared()
    case 0.5: x.squareRoot()
    default: Power(exponent)(x)
    }
  }

  private static func operands(of call: NodeCall) throws(NodeFault) -> AlignedVariables {
    guard !call.inputs.isEmpty else { throw NodeFault("it has no inputs") }
    var operands: [ArrangedVariable] = []
    for index in call.inputs.indices { operands.append(try call.variable(index)) }
    return try AlignedVariables(operands)
  }

  /// - Parameter isOfOneShape: whether `body` takes variables of one shape, and does not broadcast itself.
  private static func folded(
    isOfOneShape: Bool = false, _ body: @escaping @Sendable (Variable, Variable) -> Variable
  ) -> Body {
    { call throws(NodeFault) in
      let aligned = try operands(of: call)
      let variables = isOfOneShape ? aligned.repeated : aligned.variables
      return [.variable(aligned.result(variables.dropFirst().reduce(variables[0], body)))]
    }
  }

  private static func two(
    isOfOneShape: Bool = false, _ body: @escaping @Sendable (Variable, Variable) -> Variable
  ) -> Body {
    { call throws(NodeFault) in
      guard call.inputs.count == 2 else { throw NodeFault("it takes two inputs") }
      return try folded(isOfOneShape: isOfOneShape, body)(call)
    }
  }

  private static func pair(_ kind: PairFunction.Kind) -> Body {
    two(isOfOneShape: true) { PairFunction(kind)($0, $1) }
  }
}
