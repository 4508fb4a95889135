import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// The weights of one node of an imported graph.
public struct ONNXLayer: Module {
  /// The node's name in the ONNX file.
  public let node: String
  /// What the input is multiplied by: `[height, width, inputs / groups, outputs]` of a convolution, `[height, width,
  /// outputs / groups, inputs]` of a transposed one, `[inputs, outputs]` of a matrix product.
  public let filter: Parameter?
  /// What is added to it: `[outputs]`.
  public let bias: Parameter?
  /// Of a batch normalization.
  public let norm: BatchNorm?
  /// Of all other operations, in the order of ONNX's inputs, laid out as in the file.
  public let values: [Parameter]
}

/// Where a weight of a graph is used, and how its layer keeps it.
struct WeightUse: Sendable {
  enum Role: Sendable { case filter, bias, norm, value }

  /// The name in the graph.
  let name: String
  /// The number of the node's input.
  let input: Int
  private(set) var role: Role
  /// The order of ONNX's axes in which it is kept.
  let order: [Int]

  /// How a weight that is input `index` of `node` is kept.
  init(_ name: String, _ node: ONNXNode, _ index: Int, rank: Int) {
    (self.name, input) = (name, index)
    let natural = Array(0..<rank)
    switch (node.type, index) {
    case ("Conv", 1), ("ConvTranspose", 1):
      (role, order) = (.filter, rank == 4 ? [2, 3, 1, 0] : natural)
    case ("Gemm", 1):
      (role, order) = (.filter, rank == 2 && node.attributes["transB"] == .integer(1) ? [1, 0] : natural)
    case ("MatMul", 1): (role, order) = (.filter, natural)
    case ("Conv", 2), ("ConvTranspose", 2), ("Gemm", 2): (role, order) = (.bias, natural)
    case ("BatchNormalization", 1...4): (role, order) = (.norm, natural)
    default: (role, order) = (.value, natural)
    }
  }

  /// The same weight as one of no particular role.
  var asValue: WeightUse {
    var use = self
    use.role = .value
    return use
  }
}
