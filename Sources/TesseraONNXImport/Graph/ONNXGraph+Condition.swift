import TesseraAutograd
import TesseraKernels
import TesseraONNX
import TesseraTensors

extension ONNXGraph {
  /// A part of a graph that leads to a value, without the elements of large arrays, which no condition needs.
  ///
  /// - Parameters:
  ///   - name: the value's.
  ///   - message: the graph.
  ///   - nodes: those that are needed, in their order.
  ///   - arrays: those that these nodes take.
  ///   - version: of the operators.
  init(
    leadingTo name: String, in message: Onnx_GraphProto, _ nodes: [Onnx_NodeProto], _ arrays: [Onnx_TensorProto],
    version: Int
  ) throws(NodeFault) {
    var constants: [String: ONNXConstant] = [:]
    for array in arrays {
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
  /// or channels do; `nil` if it follows from the picture or its size, or cannot be computed.
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
    // Two pictures of which nothing is the same that pictures may have otherwise.
    var samples: [[String: HostArray]] = []
    for usual in [[1, 3, 512, 768], [2, 3, 640, 1152]] {
      // The shape as Tessera lays it out.
      let open = isChannelsFirst ? usual : [usual[0], usual[2], usual[3], usual[1]]
      let own = zip(lengths, open).map { $0 ?? $1 }
      let shape = Shape(fromFile: isChannelsFirst ? [own[0], own[2], own[3], own[1]] : own)
      guard let shape, (try? requireRoom(for: own)) != nil else { return nil }
      let tape = Tape(readingOperations: (), isDescription: true)
      let picture = tape.input(ComputeContext.$current.withValue(describing) { .zeros(shape) })
      let input = PassValue.variable(ArrangedVariable(picture, order: order, isConstant: false))
      var sample: [String: HostArray] = [:]
      let values = try? program.run(
        inputs.isEmpty ? [] : [input], layers: layers, joining: picture, room: Self.mostNumbersOfCondition
      ) { _, name, value in
        if case .host(let array) = value { sample[name] = array }
      }
      guard case .host(let array)? = values?.first else { return nil }
      sample[outputs[0].name] = array
      samples.append(sample)
    }
    guard let found = samples[0][outputs[0].name], found.count == 1, !followsFromSizes(outputs[0].name, samples) else {
      return nil
    }
    return found.values[0] != 0
  }

  private static let mostNumbersOfCondition = 1 << 16

  /// Whether a value was computed with numbers that are not the same in both samples. That it is the same itself does
  /// not tell: both may be above a bound, or multiples of something.
  private func followsFromSizes(_ name: String, _ samples: [[String: HostArray]]) -> Bool {
    func differs(_ name: String) -> Bool { samples[0][name] != samples[1][name] }
    var found: Set<String> = []
    for node in nodes {
      let computes = !Self.selecting.contains(node.type) && node.inputs.contains(where: differs)
      if computes || node.inputs.contains(where: found.contains) {
        // Of arrays that are not numbers here, only shapes are looked at, which differ where it matters.
        found.formUnion(node.outputs.filter { samples[0][$0] != nil })
      }
    }
    return found.contains(name) || differs(name)
  }

  /// Operations whose results are some of what they take.
  private static let selecting: Set = [
    "Cast", "Concat", "Flatten", "Gather", "Identity", "Reshape", "Shape", "Slice", "Split", "Squeeze", "Transpose",
    "Unsqueeze",
  ]
}
