import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Fusion {
  static let normalizations: [Fusion] = layerNormalizations + groupNormalizations + perChannel

  /// Layer normalization before version 17 of the operators: (x - mean) / sqrt(variance + epsilon), then factors and
  /// offsets.
  private static let layerNormalizations: [Fusion] = {
    let x = Pattern.value("x")
    let mean = Pattern.node("ReduceMean", [x], name: "mean")
    // tf2onnx leaves a reshape of the mean to the shape that it has.
    let same = Pattern.node("Reshape", [mean, .known("shape")], name: "reshape")
    let centered = Pattern.node("Sub", [x, .anyOf([mean, same])])
    let square = Pattern.anyOf([.node("Pow", [centered, .number(2)]), .node("Mul", [centered, centered])])
    let variance = Pattern.node("ReduceMean", [square], name: "variance")
    let root = Pattern.node("Sqrt", [.sum([variance, .known("epsilon")])])
    let inverse = Pattern.anyOf([.node("Reciprocal", [root]), .node("Div", [.number(1), root])])
    let unit = Pattern.anyOf([.node("Div", [centered, root]), .product([centered, inverse])])
    let scaled = Pattern.product([unit, .weight("scale")])
    // Keras subtracts the mean once it has multiplied.
    let factor = Pattern.anyOf([.product([inverse, .weight("scale")]), inverse])
    let apart = [Pattern.product([x, factor]), .product([.node("Neg", [mean]), factor])]
    let forms: [Pattern] = [
      .sum([scaled, .weight("offset")]), scaled, unit, .sum(apart + [.weight("offset")]), .sum(apart),
    ]
    return forms.map { pattern in
      Fusion("layerNormalization", pattern) { call throws(NodeFault) in try layerNormalized(call) }
    }
  }()

  private static func layerNormalized(_ call: FusionCall) throws(NodeFault) -> ArrangedVariable? {
    let x = try call.variable("x")
    let (mean, variance) = (try call.node("mean"), try call.node("variance"))
    guard let epsilon = try call.number("epsilon"), let axes = try mean.axes(input: 1, rank: x.rank), axes.count == 1,
      try variance.axes(input: 1, rank: x.rank) == axes, try mean.integer("keepdims", or: 1) == 1,
      try variance.integer("keepdims", or: 1) == 1
    else { return nil }
    let (axis, channels) = (axes[0], x.shape[axes[0]])
    if call.has("shape") {
      var lengths = x.shape
      lengths[axis] = 1
      let asked = try call.node("reshape").host(1).integers
      guard asked.count == lengths.count, zip(asked, lengths).allSatisfy({ [$1, 0, -1].contains($0) }) else {
        return nil
      }
    }
    var (scale, offset) = (Variable(Tensor(repeating: 1, shape: [channels])), Variable(.zeros([channels])))
    if call.has("scale") {
      guard let own = try call.vector("scale", along: axis, of: x) else { return nil }
      scale = own
    }
    if call.has("offset") {
      guard let own = try call.vector("offset", along: axis, of: x) else { return nil }
      offset = own
    }
    let order = x.orderEnding(with: axis)
    let result = layerNormalization(x.arranged(order), scale: scale, offset: offset, epsilon: epsilon)
    return ArrangedVariable(result, order: order, isConstant: x.isConstant)
  }

  /// Group normalization before version 18: as torch writes it, a normalization of each group's row, between two
  /// reshapes, then factors and offsets of channels.
  private static let groupNormalizations: [Fusion] = {
    let rows = Pattern.node("Reshape", [.value("x")], name: "cut")
    let normalized = Pattern.node(
      "InstanceNormalization", [rows, .value("group scale"), .value("group offset")], name: "norm")
    let whole = Pattern.node("Reshape", [normalized], name: "joined")
    let scaled = Pattern.product([whole, .weight("scale")])
    return [.sum([scaled, .weight("offset")]), whole].map { pattern in
      Fusion("groupNormalization", pattern) { call throws(NodeFault) in try groupNormalized(call) }
    }
  }()

  private static func groupNormalized(_ call: FusionCall) throws(NodeFault) -> ArrangedVariable? {
    let x = try call.variable("x")
    let cut = try reshapedShape(of: try call.node("cut"))
    guard x.rank >= 3, cut.count == 3, cut[0] == x.shape[0], cut[1] > 0, x.shape[1] % cut[1] == 0 else { return nil }
    let (groups, channels) = (cut[1], x.shape[1])
    // The shape that the second reshape asks for does not depend on what is reshaped, if it has no open lengths.
    guard try call.node("joined").host(1).integers == x.shape else { return nil }
    let each = channels / groups
    func ofGroups(_ name: String) throws(NodeFault) -> Variable? {
      let vector = try call.variable(name)
      guard vector.shape == [groups] else { return nil }
      return each == 1
        ? vector.variable
        : AxisMap(axis: 0, length: groups, picking: (0..<channels).map { $0 / each })(vector.variable)
    }
    guard var scale = try ofGroups("group scale"), var offset = try ofGroups("group offset") else { return nil }
    if call.has("scale") {
      guard let factor = try call.vector("scale", along: 1, of: x),
        let addend = try call.vector("offset", along: 1, of: x)
      else { return nil }
      (scale, offset) = (scale * factor, offset * factor + addend)
    }
    return Translation.groupNormalized(
      x, groups: groups, scale, offset, epsilon: try call.node("norm").float("epsilon", or: 1e-5))
  }

  /// A factor for each channel, and perhaps an offset, are a batch normalization by known moments: part of a
  /// convolution before them, and one pass over the map elsewhere.
  private static let perChannel: [Fusion] = {
    let scaled = Pattern.product([.value("x"), .weight("scale")])
    return [.sum([scaled, .weight("offset")]), scaled].map { pattern in
      Fusion("factors of channels", pattern) { call throws(NodeFault) in
        let x = try call.variable("x")
        guard !x.isConstant, let axis = x.order.last, let scale = try call.vector("scale", along: axis, of: x) else {
          return nil
        }
        let (zeros, ones) = (Tensor.zeros(scale.shape), Tensor(repeating: 1, shape: scale.shape))
        var offset = Variable(zeros)
        if call.has("offset") {
          guard let own = try call.vector("offset", along: axis, of: x) else { return nil }
          offset = own
        }
        return x.with(
          batchNormalization(
            x.variable, scale: scale, offset: offset, mean: Variable(zeros), variance: Variable(ones), epsilon: 0))
      }
    }
  }()
}
