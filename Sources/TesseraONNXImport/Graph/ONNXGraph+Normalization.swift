import TesseraNetworks

extension ONNXGraph {
  /// Takes out the sums and products with constants by which a graph begins, channel by channel: what they do to pixels
  /// is part of their normalization, which no training changes.
  ///
  /// - Parameters:
  ///   - normalization: what the input expects of pixels.
  ///   - channels: the axis of the input's channels.
  /// - Returns: what the rest of the graph expects of pixels.
  mutating func takeOutNormalization(after normalization: ImageNormalization, channels: Int) -> ImageNormalization {
    let index = GraphIndex(self, weights: [])
    // The value is factor * pixel + offset, where the pixel is normalized as the input expects.
    var factor = [Double](repeating: 1, count: normalization.channels)
    var offset = [Double](repeating: 0, count: normalization.channels)
    var (name, axis) = (inputs[0].name, channels)
    var removed: [String: String] = [:]
    walk: while index.uses(of: name) == 1,
      let node = nodes.first(where: { $0.type != "Shape" && $0.inputs.contains(name) }), node.outputs.count == 1
    {
      switch node.type {
      case "Identity": break
      case "Cast":
        // To integers, it cuts what has been computed so far.
        guard case .integer(let type) = node.attributes["to"], ONNXConstant.isFloating(type: type) else { break walk }
      case "Transpose":
        guard case .integers(let order) = node.attributes["perm"], let place = order.firstIndex(of: axis) else {
          break walk
        }
        axis = place
      case "Add", "Sub", "Mul", "Div":
        guard let other = node.inputs.first(where: { $0 != name }), index.uses(of: node.outputs[0]) == 1,
          node.inputs[0] == name || node.type == "Add" || node.type == "Mul",
          let numbers = constants[other]?.vector(along: axis, count: factor.count)
        else { break walk }
        switch node.type {
        case "Add": offset = zip(offset, numbers).map(+)
        case "Sub": offset = zip(offset, numbers).map(-)
        case "Mul": (factor, offset) = (zip(factor, numbers).map(*), zip(offset, numbers).map(*))
        default: (factor, offset) = (zip(factor, numbers).map(/), zip(offset, numbers).map(/))
        }
        removed[node.outputs[0]] = removed[name] ?? name
      default: break walk
      }
      name = node.outputs[0]
    }
    let deviation = zip(normalization.deviation, factor).map { Double($0) / $1 }
    let mean = zip(normalization.mean, zip(offset, deviation)).map { Double($0) - $1.0 * $1.1 }
    // A graph that makes nothing of pixels stays what it is.
    guard !removed.isEmpty, (mean + deviation + deviation.map { 1 / $0 }).allSatisfy({ Float($0).isFinite }) else {
      return normalization
    }
    nodes.removeAll { removed[$0.outputs.first ?? ""] != nil }
    for index in nodes.indices { nodes[index].inputs = nodes[index].inputs.map { removed[$0] ?? $0 } }
    prune(to: outputs[0])
    return ImageNormalization(
      order: normalization.order, mean: mean.map { Float($0) }, deviation: deviation.map { Float($0) })
  }
}

extension ONNXConstant {
  /// Whether elements of a type of ONNX's are floats: single, half, double or bfloat16.
  fileprivate static func isFloating(type: Int) -> Bool { [1, 10, 11, 16].contains(type) }

  /// A number for each channel of a picture, whose axis `axis` they are; `nil` if it has others.
  fileprivate func vector(along axis: Int, count: Int) -> [Double]? {
    guard isFloating, lengths.count <= 4 else { return nil }
    let padded = [Int](repeating: 1, count: 4 - lengths.count) + lengths
    let isVector = padded.enumerated().allSatisfy { $0.element == 1 || $0.offset == axis && $0.element == count }
    guard isVector, let values = hostArray?.values else { return nil }
    return values.count == 1 ? [Double](repeating: values[0], count: count) : values
  }
}
