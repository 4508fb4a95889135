import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Translation {
  /// Elementwise functions of one variable.
  static let functions: [String: Body] = [
    "Relu": activation(.relu), "Sigmoid": activation(.sigmoid), "Tanh": activation(.tanh),
    "HardSwish": activation(.hardSwish), "Identity": one { $0 },
    "LeakyRelu": { call throws(NodeFault) in
      try activation(.leakyReLU(slope: try call.float("alpha", or: 0.01)))(call)
    },
    "HardSigmoid": { call throws(NodeFault) in
      let (slope, center) = (try call.float("alpha", or: 0.2), try call.float("beta", or: 0.5))
      if abs(slope - 1 / 6) < 1e-6 && center == 0.5 { return try activation(.hardSigmoid)(call) }
      return try one { Clamping(to: 0...1)($0 * slope + center) }(call)
    },
    "Gelu": { call throws(NodeFault) in
      if try call.text("approximate", or: "none") == "none" { return try activation(.gelu)(call) }
      return try one(Fusion.geluByTanh)(call)
    },
    "PRelu": { call throws(NodeFault) in
      let aligned = try AlignedVariables([try call.variable(0), try call.variable(1)])
      let (x, slope) = (aligned.variables[0], aligned.variables[1])
      return [.variable(aligned.result(relu(x) - slope * relu(-x)))]
    },
    "Elu": { call throws(NodeFault) in
      try pointwise(.elu(alpha: try call.float("alpha", or: 1), scale: 1))(call)
    },
    "Selu": { call throws(NodeFault) in
      let (alpha, scale) = (try call.float("alpha", or: 1.67326319), try call.float("gamma", or: 1.05070102))
      return try pointwise(.elu(alpha: alpha, scale: scale))(call)
    },
    "Celu": { call throws(NodeFault) in try pointwise(.celu(alpha: try call.float("alpha", or: 1)))(call) },
    "ThresholdedRelu": { call throws(NodeFault) in
      try pointwise(.threshold(try call.float("alpha", or: 1)))(call)
    },
    "Abs": pointwise(.absolute), "Ceil": pointwise(.ceiling), "Cos": pointwise(.cosine), "Erf": pointwise(.erf),
    "Floor": pointwise(.floor), "Mish": pointwise(.mish), "Not": pointwise(.not), "Round": pointwise(.round),
    "Sign": pointwise(.sign), "Sin": pointwise(.sine), "Softplus": pointwise(.softplus),
    "Softsign": pointwise(.softsign), "Tan": pointwise(.tangent),
    "Neg": one { -$0 }, "Exp": one { $0.exponential() }, "Log": one { $0.logarithm() },
    "Sqrt": one { $0.squareRoot() }, "Reciprocal": one { 1 / $0 },
    "Clip": { call throws(NodeFault) in
      // Up to version 10, attributes say what later inputs say.
      let least = try call.float("min", orInput: 1, or: -.infinity)
      let most = try call.float("max", orInput: 2, or: .infinity)
      if least == 0 && most == .infinity { return try activation(.relu)(call) }
      if least == 0 && most == 6 { return try activation(.relu6)(call) }
      guard !least.isNaN, !most.isNaN else { throw NodeFault("it clips to \(least)...\(most)") }
      return try one { Clamping(to: min(least, most)...most)($0) }(call)
    },
    "Cast": { call throws(NodeFault) in
      let type = try call.integer("to", or: 1)
      guard let isFloating = ONNXConstant.isFloating(Int32(clamping: type)) else {
        throw NodeFault("it makes elements of type \(type), which are no numbers")
      }
      if isFloating { return try one { $0 }(call) }
      return try type == 9
        ? one { PointwiseFunction(.not)(PointwiseFunction(.not)($0)) }(call) : pointwise(.truncation)(call)
    },
    "CastLike": { call throws(NodeFault) in
      guard case .variable = call.input(1) else { throw NodeFault("it makes integers of a feature map") }
      return try one { $0 }(call)
    },
    "Dropout": { call throws(NodeFault) in
      guard call.node.outputs.dropFirst().allSatisfy(\.isEmpty) else { throw NodeFault("its mask is not computed") }
      guard try call.hostIfPresent(2)?.values.first ?? 0 == 0 else {
        throw NodeFault("it drops, as in training; export the network for inference (model.eval())")
      }
      let rate = try call.float("ratio", orInput: 1, or: 0.5)
      guard (0..<1).contains(rate) else { throw NodeFault("its ratio is \(rate)") }
      return try one { dropout($0, rate: rate) }(call)
    },
    "Softmax": { call throws(NodeFault) in try alongAxis(call, softmax) },
    "LogSoftmax": { call throws(NodeFault) in try alongAxis(call) { logSoftmax($0) } },
  ]

  private static func activation(_ activation: Activation) -> Body { one { activate($0, activation) } }

  private static func pointwise(_ kind: PointwiseFunction.Kind) -> Body { one { PointwiseFunction(kind)($0) } }

  /// An operation along the last axis, along the axis that the node names.
  private static func alongAxis(
    _ call: NodeCall, _ body: (Variable) -> Variable
  ) throws(NodeFault) -> [PassValue] {
    let input = try call.variable(0)
    let shape = input.shape
    let axis = try call.axis(or: call.version < 13 ? 1 : -1, rank: input.rank)
    // Before version 13, all axes from this one on are one.
    let isJoined = call.version < 13 && axis < input.rank - 1
    let operand = isJoined ? try input.reshaped(to: [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]) : input
    let order = operand.orderEnding(with: isJoined ? 1 : axis)
    let result = ArrangedVariable(body(operand.arranged(order)), order: order, isConstant: input.isConstant)
    return [.variable(isJoined ? try result.reshaped(to: shape) : result)]
  }
}
