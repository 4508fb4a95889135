import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraTensors

extension ONNXNetwork {
  /// Computes a picture of random pixels, and looks for what makes its scores none: a division by zero among the
  /// graph's constants, for example.
  ///
  /// - Returns: the first node that gives something else than numbers; `nil` if the scores are numbers.
  /// - Throws: `ONNXImportError` with a node that cannot be computed.
  package func nodeWithoutNumbers() throws(ONNXImportError) -> String? {
    let size = configuration.onlySize ?? Extent((63 + sizeMultiple) / sizeMultiple * sizeMultiple)
    var random = RandomStream(seed: 0)
    let pixels = Tensor(shape: [1, size.height, size.width, normalization.channels]) { out in
      for index in out.indices { out[index] = Float(random.next() % 256) }
    }
    let picture = Variable(normalization(pixels))
    guard try logits(of: picture).value.hasNaN else { return nil }
    // Node by node, so that none is part of an operation.
    let program = try GraphProgram(configuration.program.graph, isFusing: false)
    let order = configuration.layout.isChannelsFirst ? ArrangedVariable.picture : [0, 1, 2, 3]
    var found: ONNXNode?
    _ = try program.run(ArrangedVariable(picture, order: order, isConstant: false), layers: layers) { node, _, result in
      if case .variable(let result) = result, found == nil, result.variable.value.hasNaN { found = node }
    }
    return found.map { "\($0.name) (\($0.type))" } ?? program.graph.outputs[0].name
  }
}

extension Tensor {
  fileprivate var hasNaN: Bool { withUnsafeBufferPointer { values in values.contains { $0.isNaN } } }
}
