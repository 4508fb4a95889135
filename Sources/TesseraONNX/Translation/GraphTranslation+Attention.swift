import TesseraAutograd
import TesseraLayers
import TesseraTensors

extension GraphTranslation {
  /// Heads become an axis before the positions; the format has no operator for attention in this version.
  mutating func addAttention(_ node: NetworkGraph.Node, heads: Int) {
    let name = node.name
    let query = split(node.inputs[0], heads, order: [0, 2, 1, 3], name: "\(name)/query")
    let key = split(node.inputs[1], heads, order: [0, 2, 3, 1], name: "\(name)/key")
    let value = split(node.inputs[2], heads, order: [0, 2, 1, 3], name: "\(name)/value")
    let width = graph.shape(of: node.inputs[0])[2] / heads
    let factor = builder.constant("\(name)/factor", Tensor(1 / Float(width).squareRoot()))
    let scaled = builder.add("Mul", [query, factor], name: "\(name)/scaled")
    let scores = builder.add("MatMul", [scaled, key], name: "\(name)/scores")
    let probabilities = builder.add("Softmax", [scores], name: "\(name)/probabilities", ["axis": .integer(3)])
    let mixed = builder.add("MatMul", [probabilities, value], name: "\(name)/mixed")
    let joined = builder.add("Transpose", [mixed], name: "\(name)/joined", ["perm": .integers([0, 2, 1, 3])])
    let lengths = builder.constant("\(name)/shape", [0, 0, node.shape[2]])
    builder.add("Reshape", [joined, lengths], name: name)
  }

  /// `[batch, positions, channels]` as `[batch, positions, heads, channels of a head]` with its axes in an order.
  private mutating func split(
    _ source: NetworkGraph.Source, _ heads: Int, order: [Int], name: String
  ) -> String {
    let lengths = builder.constant("\(name)/shape", [0, 0, heads, graph.shape(of: source)[2] / heads])
    let parts = builder.add("Reshape", [stored(source), lengths], name: "\(name)/heads")
    return builder.add("Transpose", [parts], name: name, ["perm": .integers(order)])
  }
}
