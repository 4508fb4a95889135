import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

// Operations that give pictures another size.
extension GraphTranslation {
  mutating func addResize(_ index: Int, to size: Extent, _ interpolation: Interpolation) throws(ONNXError) {
    let node = graph.nodes[index]
    let settings: KeyValuePairs<String, ONNXAttribute> =
      switch interpolation {
      case .nearest:
        [
          "mode": .text("nearest"), "coordinate_transformation_mode": .text("half_pixel"),
          "nearest_mode": .text("round_prefer_ceil"),
        ]
      case .bilinear: ["mode": .text("linear"), "coordinate_transformation_mode": .text("half_pixel")]
      case .bilinearAlignedCorners:
        ["mode": .text("linear"), "coordinate_transformation_mode": .text("align_corners")]
      }
    let input = stored(node.inputs[0])
    func factors(_ node: NetworkGraph.Node, _ graph: NetworkGraph) -> [Float] {
      let source = graph.shape(of: node.inputs[0])
      return [1, 1, Float(node.shape[1]) / Float(source[1]), Float(node.shape[2]) / Float(source[2])]
    }
    let sizeInputs: [String]
    if sizes.areFixed {
      sizeInputs = [
        "", builder.constant("\(node.name)/size", [node.shape[0], node.shape[3], size.height, size.width]),
      ]
    } else if let scales = try? sizes.agreed(index, factors), scales.allSatisfy({ $0 == $0.rounded() }) {
      // Others, such as 20 / 3, may give a pixel less when they are multiplied.
      sizeInputs = [builder.constant("\(node.name)/scales", Tensor(scales))]
    } else {
      let start = builder.add(
        "Shape", [input], name: "\(node.name)/start", ["start": .integer(0), "end": .integer(2)])
      let end =
        if let lengths = try? sizes.agreed(index, { node, _ in node.shape.dimensions[1...2] }) {
          builder.constant("\(node.name)/end", Array(lengths))
        } else {
          try lengthsOfPicture(like: index)
        }
      sizeInputs = ["", builder.add("Concat", [start, end], name: "\(node.name)/size", ["axis": .integer(0)])]
    }
    builder.add("Resize", [input, ""] + sizeInputs, name: node.name, settings)
  }

  mutating func addReshape(_ index: Int) throws(ONNXError) {
    let node = graph.nodes[index]
    let lengths = sizes.reshaping(index)
    let input = natural(node.inputs[0])
    let shape: String
    switch lengths.indices.filter({ lengths[$0] == -1 }) {
    case let open where open.count <= 1: shape = builder.constant("\(node.name)/shape", lengths)
    case [1, 2] where lengths.count == 4:
      let batch = builder.constant("\(node.name)/batch", [lengths[0]])
      let channels = builder.constant("\(node.name)/channels", [lengths[3]])
      shape = builder.add(
        "Concat", [batch, try lengthsOfPicture(like: index), channels], name: "\(node.name)/shape",
        ["axis": .integer(0)])
    default: throw sizes.dependsOnSize(index)
    }
    store(builder.add("Reshape", [input, shape], name: temporary(node)), as: node)
  }

  /// Height and width of a node's result, taken from a value of the same size.
  private mutating func lengthsOfPicture(like index: Int) throws(ONNXError) -> String {
    let picture = stored(try sizes.picture(like: index))
    return builder.add(
      "Shape", [picture], name: "\(graph.nodes[index].name)/extent", ["start": .integer(2), "end": .integer(4)])
  }

  /// A mean of bins is the format's pool if all bins are alike, and else a product with the bins' shares from both
  /// sides.
  mutating func addAdaptiveAveragePool(_ index: Int, to size: Extent) throws(ONNXError) {
    let node = graph.nodes[index]
    let input = stored(node.inputs[0])
    if size == 1 {
      builder.add("GlobalAveragePool", [input], name: node.name)
      return
    }
    let lengths = try sizes.agreed(index) { node, graph in graph.shape(of: node.inputs[0]).dimensions[1...2] }
    guard let height = lengths.first, let width = lengths.last else { return }
    if height % size.height == 0 && width % size.width == 0 {
      let window = ONNXAttribute.integers([height / size.height, width / size.width])
      builder.add("AveragePool", [input], name: node.name, ["kernel_shape": window, "strides": window])
      return
    }
    let columns = builder.constant("\(node.name)/columns", Self.shares(of: width, size.width).transposed())
    let rows = builder.constant("\(node.name)/rows", Self.shares(of: height, size.height))
    let narrow = builder.add("MatMul", [input, columns], name: "\(node.name)/narrow")
    builder.add("MatMul", [rows, narrow], name: node.name)
  }

  /// How much each of `length` pixels counts in each bin, `[bins, length]`.
  private static func shares(of length: Int, _ bins: Int) -> Tensor {
    var shares = Tensor.zeros([bins, length])
    for (index, bin) in AdaptivePooling.bins(of: length, bins).enumerated() {
      for pixel in bin { shares[index, pixel] = 1 / Float(bin.count) }
    }
    return shares
  }
}
