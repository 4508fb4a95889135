extension ONNXGraph {
  private static let probabilities: Set = ["LogSoftmax", "Sigmoid", "Softmax"]

  /// Finds the value that an output's classes or probabilities are made of. Where only a transposition follows on
  /// probabilities, as in files of Keras, it follows on the scores instead.
  ///
  /// - Parameter layout: the order of the picture's axes, if it is known.
  /// - Returns: the value's name, and the operations that make the choice.
  mutating func leaveOutChoice(before output: String, _ layout: ONNXImport.Layout?) -> (name: String, leftOut: [String])
  {
    let producers = producers
    // Among other numbers than the scores of a pixel's classes it is a part of the network.
    func choosesClasses(_ node: ONNXNode) -> Bool {
      if node.type == "Sigmoid" { return true }
      let standard = node.type == "ArgMax" ? 0 : version < 13 ? 1 : -1
      let axis = if case .integer(let axis) = node.attributes["axis"] { axis } else { standard }
      let place = axis < 0 ? axis + 4 : axis
      if let channels = Self.channelAxis(of: node.inputs[0], producers) { return place == channels }
      return layout != .nhwc && place == 1 || layout != .nchw && place == 3
    }
    var (name, leftOut) = (output, [String]())
    var walked = output
    var passed: [String] = []
    // Behind a choice of the largest, only the rank and type of the mask may change.
    while let node = producers[walked], ["Cast", "Squeeze", "Unsqueeze", "ArgMax", "Identity"].contains(node.type) {
      passed.append(node.type)
      walked = node.inputs[0]
      if node.type == "ArgMax", choosesClasses(node) { (name, leftOut) = (walked, passed) }
    }
    while let node = producers[name], node.type == "Identity" || Self.probabilities.contains(node.type),
      node.type == "Identity" || choosesClasses(node)
    {
      if node.type != "Identity" { leftOut.append(node.type) }
      name = node.inputs[0]
    }
    if let last = producers[name], last.type == "Transpose", let node = producers[last.inputs[0]],
      Self.probabilities.contains(node.type), choosesClasses(node),
      let index = nodes.firstIndex(where: { $0.outputs == last.outputs })
    {
      nodes[index].inputs[0] = node.inputs[0]
      leftOut.append(node.type)
    }
    return (name, leftOut)
  }

  /// The axis of the channels of a value of four axes, where the operations that it comes from tell it.
  private static func channelAxis(of name: String, _ producers: [String: ONNXNode]) -> Int? {
    // Axis k of the value is axis order[k] of what is looked at.
    var (name, order) = (name, Array(0..<4))
    while let node = producers[name] {
      switch node.type {
      case "Conv", "ConvTranspose", "MaxPool", "AveragePool", "BatchNormalization", "InstanceNormalization":
        return order.firstIndex(of: 1)
      case "Transpose":
        guard case .integers(let axes) = node.attributes["perm"], axes.sorted() == Array(0..<4) else { return nil }
        order = order.map { axes[$0] }
        name = node.inputs[0]
      case "Add", "Sub", "Mul", "Div", "Relu", "Clip", "Sigmoid", "Softmax", "LogSoftmax", "Resize", "Upsample", "Cast",
        "Identity", "Slice", "Pad", "Dropout", "Concat":
        guard let input = node.inputs.first(where: { producers[$0] != nil }) else { return nil }
        name = input
      default: return nil
      }
    }
    return nil
  }
}
