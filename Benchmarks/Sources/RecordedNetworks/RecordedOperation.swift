import Tessera

/// An operation of a network that is no convolution, with the activation that becomes part of it.
public struct RecordedOperation: Sendable {
  /// What it does and to what shapes.
  public let name: String
  public let inputs: [Shape]
  /// The result's shape.
  public let shape: Shape
  /// The number of multiply-adds of a forward pass; 0 where they are negligible.
  public let multiplyAdds: Int
  private let compute: @Sendable ([Variable]) -> Variable

  /// Computes it on variables of its inputs' shapes.
  public func callAsFunction(_ variables: [Variable]) -> Variable { compute(variables) }

  /// Creates the operation of a node; `nil` for those that are not timed.
  fileprivate init?(_ node: NetworkGraph.Node, in graph: NetworkGraph, activation: Activation) {
    let title: String
    let function: @Sendable ([Variable]) -> Variable
    switch node.kind {
    case .batchNormalization(let epsilon):
      title = "Batch normalization"
      function = { batchNormalization($0[0], scale: $0[1], offset: $0[2], epsilon: epsilon).output }
    case .layerNormalization(let epsilon):
      title = "Layer normalization"
      function = { layerNormalization($0[0], scale: $0[1], offset: $0[2], epsilon: epsilon) }
    case .activation(let activation):
      title = "Activation \(activation)"
      function = { activate($0[0], activation) }
    case .scaledDotProductAttention(let heads):
      title = "Attention, heads: \(heads)"
      function = { scaledDotProductAttention($0[0], $0[1], $0[2], heads: heads) }
    case .named("matrixProduct"):
      title = "Matrix product"
      function = { $0[0].matrixProduct($0[1]) }
    case .resize(let size, let interpolation) where node.shape != graph.shape(of: node.inputs[0]):
      title = "Resizing, \(interpolation), to \(size) px"
      function = { resize($0[0], to: size, interpolation) }
    case .maxPool(let geometry, let padding):
      title = "Max pooling \(geometry.window), stride \(geometry.stride)"
      function = { maxPool($0[0], window: geometry.window, stride: geometry.stride, padding: padding) }
    case .adaptiveAveragePool(let size):
      title = "Average pooling to \(size)"
      function = { adaptiveAveragePool($0[0], to: size) }
    case .mean(axes: [1, 2], let keepingAxes):
      title = "Global average pooling"
      function = { $0[0].mean(along: [1, 2], keepingAxes: keepingAxes) }
    case .named("multiply"):
      title = "Multiplication"
      function = { $0[0] * $0[1] }
    default: return nil
    }
    // In training, moments are no inputs of a normalization.
    inputs = node.inputs.prefix(3).map { graph.shape(of: $0) }
    // Vectors of channels go without saying.
    let shapes = inputs.filter { $0.rank > 1 }.map(\.description).joined(separator: " and ")
    name = "\(title)\(activation == .identity ? "" : ", then \(activation)"), \(shapes)"
    (shape, multiplyAdds) = (node.shape, node.multiplyAdds)
    compute = { activate(function($0), activation) }
  }
}

extension NetworkGraph {
  /// The operations that are timed; an activation after a batch normalization is a part of that.
  var operations: [RecordedOperation] {
    var users: [Int: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for case .node(let source) in node.inputs { users[source, default: []].append(index) }
    }
    var joined: Set<Int> = []
    return nodes.enumerated().compactMap { index, node in
      if joined.contains(index) { return nil }
      var activation = Activation.identity
      if case .batchNormalization = node.kind, let user = users[index]?.first, users[index]?.count == 1,
        case .activation(let next) = nodes[user].kind
      {
        joined.insert(user)
        activation = next
      }
      return RecordedOperation(node, in: self, activation: activation)
    }
  }
}
