import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Translation {
  static let normalizations: [String: Body] = [
    "BatchNormalization": { call throws(NodeFault) in
      let input = try call.variable(0)
      guard input.rank >= 2 else { throw NodeFault("its input \(input.shape) has no channels") }
      guard try call.integer("training_mode", or: 0) == 0 else {
        throw NodeFault("it normalizes by the batch, as in training; export the network for inference (model.eval())")
      }
      let (order, channels) = (input.orderEnding(with: 1), input.shape[1])
      let features = input.arranged(order)
      let result: Variable
      if let norm = call.layer?.norm {
        guard norm.scale.shape == [channels] else {
          throw NodeFault("it has \(norm.scale.shape) factors for \(channels) channels")
        }
        result = norm(features)
      } else {
        let epsilon = try call.float("epsilon", or: 1e-5)
        var vectors: [Variable] = []
        for index in 1...4 { vectors.append(try vector(index, of: call, count: channels)) }
        result = batchNormalization(
          features, scale: vectors[0], offset: vectors[1], mean: vectors[2], variance: vectors[3], epsilon: epsilon)
      }
      return [.variable(ArrangedVariable(result, order: order, isConstant: input.isConstant))]
    },
    "LayerNormalization": { call throws(NodeFault) in
      let input = try call.variable(0)
      let shape = input.shape
      let axis = try call.axis(or: -1, rank: input.rank)
      let count = shape[axis...].reduce(1, *)
      // Several axes are one.
      let joined = axis == input.rank - 1 ? input : try input.reshaped(to: shape[..<axis] + [count])
      let order = joined.orderEnding(with: joined.rank - 1)
      let scale = try call.variable(1)
      guard scale.shape.reduce(1, *) == count else { throw NodeFault("its factors are \(scale.shape) for \(shape)") }
      let offset = try call.variableIfPresent(2)
      guard offset.map({ $0.shape.reduce(1, *) == count }) ?? true else { throw NodeFault("its offsets do not fit") }
      let result = layerNormalization(
        joined.arranged(order), scale: scale.natural.reshaped(to: [count]),
        offset: offset?.natural.reshaped(to: [count]) ?? Variable(.zeros([count])),
        epsilon: try call.float("epsilon", or: 1e-5))
      let normalized = ArrangedVariable(result, order: order, isConstant: input.isConstant)
      let whole = PassValue.variable(axis == input.rank - 1 ? normalized : try normalized.reshaped(to: shape))
      if call.node.outputs.dropFirst().allSatisfy(\.isEmpty) { return [whole] }
      let places = (axis..<input.rank).map { input.place(of: $0) }
      let mean = input.variable.mean(along: places, keepingAxes: true)
      let variance = (input.variable - mean).squared().mean(along: places, keepingAxes: true)
      let inverse = 1 / (variance + (try call.float("epsilon", or: 1e-5))).squareRoot()
      return [whole, .variable(input.with(mean)), .variable(input.with(inverse))]
    },
    "InstanceNormalization": { call throws(NodeFault) in
      let channels = try call.variable(0).shape.dropFirst().first ?? 0
      return [
        try grouped(call, groups: channels, vector(1, of: call, count: channels), vector(2, of: call, count: channels))
      ]
    },
    "GroupNormalization": { call throws(NodeFault) in
      let channels = try call.variable(0).shape.dropFirst().first ?? 0
      let groups = try call.integer("num_groups", or: 1)
      guard groups > 0, channels % groups == 0 else {
        throw NodeFault("\(channels) channels do not split into \(groups) groups")
      }
      // Before version 21, a group has one factor.
      let each = call.version < 21 ? channels / groups : 1
      func perChannel(_ index: Int) throws(NodeFault) -> Variable {
        let values = try vector(index, of: call, count: channels / each)
        guard each > 1 else { return values }
        let places = (0..<channels).map { Optional($0 / each) }
        return AxisMap(axis: 0, length: groups, picking: places)(values)
      }
      return [try grouped(call, groups: groups, try perChannel(1), try perChannel(2))]
    },
    "LpNormalization": { call throws(NodeFault) in
      let input = try call.variable(0)
      let axes = [input.place(of: try call.axis(or: -1, rank: input.rank))]
      let power = try call.integer("p", or: 2)
      guard power == 1 || power == 2 else { throw NodeFault("its p is \(power)") }
      let x = input.variable
      let norm =
        power == 2
        ? x.squared().sum(along: axes, keepingAxes: true).squareRoot()
        : PointwiseFunction(.absolute)(x).sum(along: axes, keepingAxes: true)
      // Zeros stay zeros.
      return [.variable(input.with(x / Clamping(to: .leastNormalMagnitude ... .infinity)(norm)))]
    },
  ]

  private static func grouped(
    _ call: NodeCall, groups: Int, _ scale: Variable, _ offset: Variable
  ) throws(NodeFault) -> PassValue {
    let input = try call.variable(0)
    guard input.rank >= 3 else { throw NodeFault("its input \(input.shape) has no pixels") }
    return .variable(
      groupNormalized(input, groups: groups, scale, offset, epsilon: try call.float("epsilon", or: 1e-5)))
  }

  /// Group normalization of `[batch, channels, ...]`, with a factor and an offset for each channel.
  static func groupNormalized(
    _ input: ArrangedVariable, groups: Int, _ scale: Variable, _ offset: Variable, epsilon: Float
  ) -> ArrangedVariable {
    // The batch stays first.
    let order = [0] + input.order.filter { $0 > 1 } + [1]
    let result = groupNormalization(
      input.arranged(order), scale: scale, offset: offset, groups: groups, epsilon: epsilon)
    return ArrangedVariable(result, order: order, isConstant: input.isConstant)
  }

  /// An input `[count]`.
  private static func vector(_ index: Int, of call: NodeCall, count: Int) throws(NodeFault) -> Variable {
    let vector = try call.variable(index)
    guard vector.shape == [count] else { throw NodeFault("its input \(index + 1) is \(vector.shape), not [\(count)]") }
    return vector.variable
  }
}
