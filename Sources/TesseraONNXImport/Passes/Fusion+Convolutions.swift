import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Fusion {
  static let convolutions: [Fusion] = [padded, JoinedConvolution.fusion]

  /// Zeros around a picture, then a convolution, whose own zeros they become.
  private static let padded = Fusion(
    "padded convolution", .node("Conv", [.node("Pad", [.value("x")], name: "pad")], name: "convolution")
  ) { call throws(NodeFault) in
    let (x, pad, convolution) = (try call.variable("x"), try call.node("pad"), try call.node("convolution"))
    guard x.rank == 4, try pad.text("mode", or: "constant") == "constant",
      try pad.float("value", orInput: 2, or: 0) == 0, let given = try pad.integers("pads", orInput: 1),
      ["", "NOTSET", "VALID"].contains(try convolution.text("auto_pad", or: ""))
    else { return nil }
    let axes = try pad.axes(attribute: "", input: 3, rank: 4) ?? Array(0..<4)
    guard given.count == 2 * axes.count, given.allSatisfy({ (0...1 << 16).contains($0) }) else { return nil }
    let isValid = try convolution.text("auto_pad", or: "") == "VALID"
    var pads = isValid ? [0, 0, 0, 0] : try convolution.integers("pads") ?? [0, 0, 0, 0]
    guard pads.count == 4, pads.allSatisfy({ (0...1 << 16).contains($0) }) else { return nil }
    for (index, axis) in axes.enumerated() {
      let (before, after) = (given[index], given[index + axes.count])
      guard axis >= 2 || before == 0 && after == 0 else { return nil }
      if axis >= 2 { (pads[axis - 2], pads[axis]) = (pads[axis - 2] + before, pads[axis] + after) }
    }
    return try convolution.taking(.variable(x), at: 0).with(["auto_pad": nil, "pads": .integers(pads)]).only()
  }
}

extension NodeCall {
  /// The same with another value of an input.
  func taking(_ value: PassValue, at index: Int) -> NodeCall {
    var inputs = inputs
    inputs[index] = value
    return NodeCall(node: node, version: version, inputs: inputs, layer: layer)
  }

  /// The same with other attributes; `nil` for those that are left out.
  func with(_ changes: [String: ONNXNodeAttribute?]) -> NodeCall {
    let changed = ONNXNode(
      name: node.name, type: node.type, inputs: node.inputs, outputs: node.outputs,
      attributes: changes.reduce(into: node.attributes) { $0[$1.key] = $1.value })
    return NodeCall(node: changed, version: version, inputs: inputs, layer: layer)
  }

  /// The only result, as a variable.
  func only() throws(NodeFault) -> ArrangedVariable {
    guard case .variable(let result)? = try Translation.results(of: self).first else {
      throw NodeFault("it has no result")
    }
    return result
  }
}
