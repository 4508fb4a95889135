import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// A network's recorded pass and, if sizes are open, a second one at another size: what differs between the two depends
/// on the size.
struct OpenSizes {
  let graph: NetworkGraph
  private let other: NetworkGraph?

  /// - Parameter record: records the pass for an input of a shape.
  init(of shape: Shape, and other: Shape, _ record: (Shape) -> NetworkGraph) {
    graph = record(shape)
    self.other = shape == other ? nil : record(other)
  }

  /// The only graph: all sizes are as they were recorded.
  init(fixed graph: NetworkGraph) {
    self.graph = graph
    other = nil
  }

  var areFixed: Bool { other == nil }

  /// What `read` finds in node `index`, if that is the same at both sizes.
  ///
  /// - Throws: `ONNXError.dependsOnSize`.
  func agreed<Value: Equatable>(
    _ index: Int, _ read: (_ node: NetworkGraph.Node, _ graph: NetworkGraph) -> Value
  ) throws(ONNXError) -> Value {
    let value = read(graph.nodes[index], graph)
    guard let other, read(other.nodes[index], other) != value else { return value }
    throw dependsOnSize(index)
  }

  /// Whether `isSo` holds for node `index` at every size that was recorded.
  func always(_ index: Int, _ isSo: (_ node: NetworkGraph.Node, _ graph: NetworkGraph) -> Bool) -> Bool {
    isSo(graph.nodes[index], graph) && (other.map { isSo($0.nodes[index], $0) } ?? true)
  }

  func dependsOnSize(_ index: Int) -> ONNXError {
    let node = graph.nodes[index]
    return .dependsOnSize(operation: node.kind.name, layer: node.name)
  }

  /// The lengths of a node's result as an ONNX `Reshape` of its first input takes them: 0 for the input's own, and one
  /// -1.
  ///
  /// - Throws: `ONNXError.dependsOnSize` if that cannot express it.
  func reshaping(_ index: Int) throws(ONNXError) -> [Int] {
    let node = graph.nodes[index]
    guard let other else { return node.shape.dimensions }
    let result = other.nodes[index].shape
    let (input, otherInput) = (graph.shape(of: node.inputs[0]), other.shape(of: other.nodes[index].inputs[0]))
    var lengths: [Int] = []
    for axis in 0..<node.shape.rank {
      if node.shape[axis] == result[axis] {
        lengths.append(node.shape[axis])
      } else if axis < input.rank, node.shape[axis] == input[axis], result[axis] == otherInput[axis] {
        lengths.append(0)
      } else {
        lengths.append(-1)
      }
    }
    guard lengths.count(where: { $0 == -1 }) <= 1 else { throw dependsOnSize(index) }
    return lengths
  }
}
