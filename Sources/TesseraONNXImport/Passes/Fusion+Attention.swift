import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Fusion {
  /// softmax(s q k') v. What cuts channels into heads and joins them again only renames axes, so heads are neighboring
  /// channels, as the kernel takes them.
  static let attention: Fusion = {
    let query = Pattern.product([.value("query")], factors: "scale")
    let key = Pattern.product([.value("key")], factors: "scale")
    let scores = Pattern.product([.node("MatMul", [query, key])], factors: "scale")
    return Fusion("attention", .node("MatMul", [.node("Softmax", [scores], name: "softmax"), .value("value")])) {
      call throws(NodeFault) in
      let (query, key, value) = (try call.variable("query"), try call.variable("key"), try call.variable("value"))
      let softmax = try call.node("softmax")
      let rank = query.rank
      guard let scale = try call.factor("scale"), rank == 3 || rank == 4, key.rank == rank, value.rank == rank,
        try softmax.axis(or: softmax.version < 13 ? 1 : -1, rank: rank) == rank - 1
      else { return nil }
      let leading = 0..<rank - 2
      let (width, keys) = (query.shape[rank - 1], key.shape[rank - 1])
      guard [key, value].allSatisfy({ $0.shape[leading] == query.shape[leading] }), key.shape[rank - 2] == width,
        value.shape[rank - 2] == keys
      else { return nil }
      let shape: [Int] = query.shape.dropLast() + [value.shape[rank - 1]]
      try requireRoom(for: shape)
      try requireRoom(for: query.shape.dropLast() + [keys])
      let layout = HeadLayout(of: query)
      let (q, v) = (layout.positions(query), layout.positions(value))
      let k = layout.positions(key.transposed(Array(leading) + [rank - 1, rank - 2]))
      // The kernel divides by the root of a head's channels.
      let rest = scale * Float(width).squareRoot()
      let scaled = abs(rest - 1) < 1e-6 ? q : q * rest
      let result = scaledDotProductAttention(scaled, k, v, heads: layout.heads)
      return layout.arranged(result, shape: shape)
    }
  }()
}

/// How heads lie: `[batch, heads, positions, channels]` or `[heads, positions, channels]`.
private struct HeadLayout {
  let heads: Int
  private let order: [Int]

  /// Heads that lie within positions stay there; otherwise each head is a picture of its own.
  init(of query: ArrangedVariable) {
    let within = query.rank == 4 ? [0, 2, 1, 3] : [1, 0, 2]
    func moving(_ order: [Int]) -> [Int] { order.filter { query.shape[$0] != 1 } }
    let isWithin = moving(query.order) == moving(within)
    order = isWithin ? within : Array(0..<query.rank)
    heads = isWithin ? query.shape[query.rank - 3] : 1
  }

  /// `[pictures, positions, channels of all heads]`.
  func positions(_ value: ArrangedVariable) -> Variable {
    let shape = value.shape
    let (positions, channels) = (shape[shape.count - 2], heads * shape[shape.count - 1])
    let count = shape.reduce(1, *)
    return value.arranged(order).reshaped(to: [count / (positions * channels), positions, channels])
  }

  /// A result of the kernel as a value of ONNX's shape.
  func arranged(_ result: Variable, shape: [Int]) -> ArrangedVariable {
    ArrangedVariable(result.reshaped(to: Shape(order.map { shape[$0] })), order: order, isConstant: false)
  }
}
