import TesseraAutograd
import TesseraKernels
import TesseraONNX
import TesseraTensors

extension ONNXGraph {
  /// The part of a graph that leads to a value, without the elements of large arrays, which no condition needs.
  ///
  /// - Parameters:
  ///   - name: the value's.
  ///   - message: the graph.
  ///   - nodes: those that are looked at, in their order.
  ///   - version: of the operators.
  init(
    leadingTo name: String, in message: Onnx_GraphProto, after nodes: [Onnx_NodeProto], version: Int
  ) throws(NodeFault) {
    var constants: [String: ONNXConstant] = [:]
    for array in message.initializer {
      guard let shape = Shape(fromFile: array.dims.map(Int.init)) else { throw NodeFault("it has no shape") }
      constants[array.name] =
        shape.elementCount > 64 || array.dataLocation == .external
        ? .shape(shape)
        : try ONNXConstant(array) { _, _ throws(NodeFault) in throw NodeFault("its elements are in another file") }
    }
    var read: [ONNXNode] = []
    for (number, node) in nodes.enumerated() { read.append(try ONNXNode(node, number: number)) }
    let value = Value(name: name, lengths: [], isNumeric: false)
    self.init(
      version: version, nodes: read, constants: constants,
      inputs: message.input.map(Value.init).filter { constants[$0.name] == nil }, outputs: [value])
    takeInConstants()
    prune(to: value)
  }

  /// The truth value that the graph gives for pictures of all sizes that the file allows, as conditions on numbers of axes
  /// or channels do; `nil` if it depends on the picture, or cannot be computed.
  var truth: Bool? {
    let lengths = inputs.first?.lengths ?? [1, 1, 1, 1]
    guard inputs.count < 2, lengths.count == 4, let program = try? GraphProgram(self, isFusing: false) else {
      return nil
    }
    let isChannelsFirst = ONNXImport.layout(of: lengths) != .nhwc
    let order = isChannelsFirst ? ArrangedVariable.picture : [0, 1, 2, 3]
    let describing = ComputeContext.current.describing
    let layers = ComputeContext.$current.withValue(describing) {
      program.layers(classes: nil, random: RandomStream(seed: 0))
    }
    let found = [[1, 3, 256, 256], [2, 3, 320, 384]].map { usual -> Bool? in
      // The shape as Tessera lays it out.
      let open = isChannelsFirst ? usual : [usual[0], usual[2], usual[3], usual[1]]
      let own = zip(lengths, open).map { $0 ?? $1 }
      let shape = Shape(fromFile: isChannelsFirst ? [own[0], own[2], own[3], own[1]] : own)
      guard let shape, (try? requireRoom(for: own)) != nil else { return nil }
      let tape = Tape(readingOperations: (), isDescription: true)
      let picture = tape.input(ComputeContext.$current.withValue(describing) { .zeros(shape) })
      let input = PassValue.variable(ArrangedVariable(picture, order: order, isConstant: false))
      let values = try? program.run(inputs.isEmpty ? [] : [input], layers: layers, joining: picture)
      guard case .host(let array)? = values?.first, array.count == 1 else { return nil }
      return array.values[0] != 0
    }
    return found[0] == found[1] ? found[0] : nil
  }
}
