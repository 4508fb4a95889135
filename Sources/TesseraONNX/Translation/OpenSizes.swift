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

  /// The lengths of a node's result as an ONNX `Reshape` of its first input takes them: 0 for the input's own, and -1
  /// where they follow from neither; the format allows one of those.
  func reshaping(_ index: Int) -> [Int] {
    let node = graph.nodes[index]
    guard let other else { return node.shape.dimensions }
    let result = other.nodes[index].shape
    let (input, otherInput) = (graph.shape(of: node.inputs[0]), other.shape(of: other.nodes[index].inputs[0]))
    return (0..<node.shape.rank).map { axis in
      if node.shape[axis] == result[axis] { return node.shape[axis] }
      return axis < input.rank && node.shape[axis] == input[axis] && result[axis] == otherInput[axis] ? 0 : -1
    }
  }

  /// A value from before node `index` whose pictures have the height and width of the node's result at every size that
  /// was recorded.
  ///
  /// - Throws: `ONNXError.dependsOnSize` if there is none.
  func picture(like index: Int) throws(ONNXError) -> NetworkGraph.Source {
    func extent(_ shape: Shape) -> ArraySlice<Int>? { shape.rank == 4 ? shape.dimensions[1...2] : nil }
    func isAlike(_ graph: NetworkGraph, _ source: NetworkGraph.Source) -> Bool {
      extent(graph.shape(of: source)) == extent(graph.nodes[index].shape)
    }
    let sources = [NetworkGraph.Source.input] + (0..<index).map { .node($0) }
    let found = sources.first { source in isAlike(graph, source) && other.map { isAlike($0, source) } ?? true }
    guard let found else { throw dependsOnSize(index) }
    return found
  }
}
