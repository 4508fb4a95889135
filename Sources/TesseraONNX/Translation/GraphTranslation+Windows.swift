import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

// Convolutions and pools.
extension GraphTranslation {
  /// The part of a window's geometry that must not depend on the picture's size.
  private struct Window: Equatable {
    let window: Extent, stride: Extent, dilation: Extent

    init(_ geometry: WindowGeometry) {
      (window, stride, dilation) = (geometry.window, geometry.stride, geometry.dilation)
    }
  }

  mutating func addConvolution(
    _ index: Int, _ padding: Padding, _ groups: Int, _ activation: Activation
  ) throws(ONNXError) {
    let node = graph.nodes[index]
    let window = try sizes.agreed(index) { node, _ in node.kind.geometry.map(Window.init) }
    guard let geometry = node.kind.geometry, let window else { return }
    let order = if case .input = node.inputs[0] { inputOrder } else { [Int]?.none }
    let inputs =
      [stored(node.inputs[0]), filter(node.inputs[1], order: order)] + node.inputs.dropFirst(2).map { stored($0) }
    let (key, pads) = pads(of: geometry, padding)
    add(activation, after: node) { builder, name in
      builder.add(
        "Conv", inputs, name: name,
        [
          "kernel_shape": .integers(window.window.list), "strides": .integers(window.stride.list),
          "dilations": .integers(window.dilation.list), "group": .integer(groups), key: pads,
        ])
    }
  }

  mutating func addTransposedConvolution(
    _ index: Int, _ geometry: WindowGeometry, _ groups: Int, _ activation: Activation
  ) throws(ONNXError) {
    let node = graph.nodes[index]
    // What is cut off at the ends; if that is negative, the format has a separate name for it.
    func end(_ small: Int, _ large: Int, _ window: Int, _ stride: Int, _ dilation: Int, _ start: Int) -> Int {
      (small - 1) * stride + (window - 1) * dilation + 1 - start - large
    }
    let bottom = end(
      geometry.output.height, geometry.input.height, geometry.window.height, geometry.stride.height,
      geometry.dilation.height, geometry.top)
    let right = end(
      geometry.output.width, geometry.input.width, geometry.window.width, geometry.stride.width,
      geometry.dilation.width, geometry.left)
    // The format allows less than a stride (or a dilation).
    guard -bottom < max(geometry.stride.height, geometry.dilation.height),
      -right < max(geometry.stride.width, geometry.dilation.width)
    else { throw .unsupported(operation: "\(node.kind.name) with this cropping", layer: node.name) }
    // Many readers accept only equal pads on both sides: zeros around the filter make them equal.
    let zeros = ZeroTaps(
      start: Extent(height: geometry.top, width: geometry.left),
      end: Extent(height: max(0, bottom), width: max(0, right)), dilation: geometry.dilation,
      around: node.inputs[1].isKnown)
    let inputs =
      [stored(node.inputs[0]), filter(node.inputs[1], zeros: zeros)] + node.inputs.dropFirst(2).map { stored($0) }
    let pads = [
      geometry.top + zeros.top * geometry.dilation.height, geometry.left + zeros.left * geometry.dilation.width,
      max(0, bottom) + zeros.bottom * geometry.dilation.height, max(0, right) + zeros.right * geometry.dilation.width,
    ]
    let window = [
      geometry.window.height + zeros.top + zeros.bottom, geometry.window.width + zeros.left + zeros.right,
    ]
    add(activation, after: node) { builder, name in
      builder.add(
        "ConvTranspose", inputs, name: name,
        [
          "kernel_shape": .integers(window), "strides": .integers(geometry.stride.list),
          "dilations": .integers(geometry.dilation.list), "group": .integer(groups), "pads": .integers(pads),
          "output_padding": .integers([max(0, -bottom), max(0, -right)]),
        ])
    }
  }

  mutating func addPool(_ type: String, _ index: Int, _ padding: Padding) throws(ONNXError) {
    let node = graph.nodes[index]
    // A window as large as the picture is as large as any picture.
    if sizes.always(index, { node, _ in node.kind.geometry.map { $0.window == $0.input && $0.output == 1 } ?? false }) {
      builder.add("Global\(type)", [stored(node.inputs[0])], name: node.name)
      return
    }
    let window = try sizes.agreed(index) { node, _ in node.kind.geometry.map(Window.init) }
    guard let geometry = node.kind.geometry, let window else { return }
    let (key, pads) = pads(of: geometry, padding)
    builder.add(
      type, [stored(node.inputs[0])], name: node.name,
      ["kernel_shape": .integers(window.window.list), "strides": .integers(window.stride.list), key: pads])
  }

  /// A filter `[height, width, inputs, outputs]`, or of a transposed convolution `[height, width, outputs, inputs]`,
  /// with its last two axes first and exchanged: in both cases what ONNX expects.
  ///
  /// - Parameters:
  ///   - zeros: what surrounds it.
  ///   - order: which of its inputs each of ONNX's is; `nil` leaves them as they are.
  private mutating func filter(
    _ source: NetworkGraph.Source, zeros: ZeroTaps = .none, order: [Int]? = nil
  ) -> String {
    let value: Tensor
    var name: String
    switch source {
    case .parameter(let path, let parameter): (name, value) = ("\(path)/oihw", parameter)
    case .constant(let constant): (name, value) = (nextTemporary("constant"), constant)
    case .input, .node:
      return builder.add(
        "Transpose", [natural(source)], name: nextTemporary("filter/oihw"), ["perm": .integers([3, 2, 0, 1])])
    }
    // The same filter may be used in several ways.
    if zeros != .none { name += "/zeros.\(zeros.top).\(zeros.left).\(zeros.bottom).\(zeros.right)" }
    if order != nil { name += "/reordered" }
    return builder.constant(
      name, (order.map(value.reorderingInputs) ?? value).surrounded(by: zeros).transposed([3, 2, 0, 1]))
  }

  /// If same padding with strides depends on the size, the format's own name for it says how.
  private func pads(of geometry: WindowGeometry, _ padding: Padding) -> (key: String, ONNXAttribute) {
    if padding == .same && geometry.stride != 1 && !sizes.areFixed { return ("auto_pad", .text("SAME_UPPER")) }
    if case .explicit(let top, let bottom, let left, let right) = padding {
      return ("pads", .integers([top, left, bottom, right]))
    }
    func end(_ input: Int, _ output: Int, _ window: Int, _ stride: Int, _ dilation: Int, _ start: Int) -> Int {
      max(0, (output - 1) * stride + (window - 1) * dilation + 1 - input - start)
    }
    let bottom = end(
      geometry.input.height, geometry.output.height, geometry.window.height, geometry.stride.height,
      geometry.dilation.height, geometry.top)
    let right = end(
      geometry.input.width, geometry.output.width, geometry.window.width, geometry.stride.width,
      geometry.dilation.width, geometry.left)
    return ("pads", .integers([geometry.top, geometry.left, bottom, right]))
  }

  /// An operation whose result goes through an activation: if there are two nodes, both have names.
  private mutating func add(
    _ activation: Activation, after node: NetworkGraph.Node, _ operation: (inout GraphBuilder, String) -> String
  ) {
    if activation == .identity {
      _ = operation(&builder, node.name)
    } else {
      add(activation, to: operation(&builder, "\(node.name)/\(node.kind.name)"), name: node.name)
    }
  }
}

extension OperationKind {
  fileprivate var geometry: WindowGeometry? {
    switch self {
    case .convolution(let geometry, _, _, _), .transposedConvolution(let geometry, _, _, _), .maxPool(let geometry, _),
      .averagePool(let geometry, _):
      geometry
    default: nil
    }
  }
}

extension Extent {
  fileprivate var list: [Int] { [height, width] }
}
