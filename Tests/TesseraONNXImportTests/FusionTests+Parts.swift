import TesseraTensors

@testable import TesseraONNXImport

extension FusionTests {
  private static let root = 2.0.squareRoot()

  static let activations: [Part] = [
    Part("gelu", "torch") { g in
      let sum = g.add("Add", g.add("Erf", g.add("Div", "x", g.number(root))), g.number(1))
      return g.add("Mul", g.add("Mul", "x", sum), g.number(0.5))
    },
    Part("gelu", "half first") { g in
      let sum = g.add("Add", g.number(1), g.add("Erf", g.add("Mul", g.number(1 / root), "x")))
      return g.add("Mul", g.add("Mul", g.number(0.5), "x"), sum)
    },
    Part("gelu by tanh", "transformers") { g in
      let cube = g.add("Mul", g.add("Pow", "x", g.number(3)), g.number(0.044715))
      let inner = g.add("Mul", g.add("Add", "x", cube), g.number((2 / Double.pi).squareRoot()))
      return g.add("Mul", g.add("Mul", "x", g.number(0.5)), g.add("Add", g.add("Tanh", inner), g.number(1)))
    },
    Part("silu", "torch") { g in g.add("Mul", "x", g.add("Sigmoid", "x")) },
    Part("hardSwish", "torch") { g in
      g.add("Mul", "x", g.add("HardSigmoid", "x", attributes: ["alpha": .float(1 / 6)]))
    },
    Part("hardSwish", "clip and division") { g in
      let clipped = g.add("Clip", g.add("Add", "x", g.number(3)), g.number(0), g.number(6))
      return g.add("Div", g.add("Mul", "x", clipped), g.number(6))
    },
    Part("hardSwish", "clip of early versions", version: 10) { g in
      let clipped = g.add("Clip", g.add("Add", "x", g.number(3)), attributes: ["min": .float(0), "max": .float(6)])
      return g.add("Mul", "x", g.add("Mul", clipped, g.number(1 / 6)))
    },
    Part("hardSigmoid", "Keras") { g in
      let clipped = g.add("Clip", g.add("Add", "x", g.number(3)), g.number(0), g.number(6))
      return g.add("Mul", clipped, g.number(1 / 6))
    },
    Part("mish", "torch") { g in g.add("Mul", "x", g.add("Tanh", g.add("Softplus", "x"))) },
  ]

  /// x minus its mean over axes, and the mean of its square.
  private static func moments(
    _ g: GraphSketch, axes: [Int] = [-1], squareAxes: [Int]? = nil
  ) -> (centered: String, variance: String) {
    let centered = g.add("Sub", "x", g.add("ReduceMean", "x", attributes: ["axes": .integers(axes)]))
    let square = g.add("Pow", centered, g.number(2))
    return (centered, g.add("ReduceMean", square, attributes: ["axes": .integers(squareAxes ?? axes)]))
  }

  private static func normalized(_ g: GraphSketch, axes: [Int] = [-1], squareAxes: [Int]? = nil) -> String {
    let (centered, variance) = moments(g, axes: axes, squareAxes: squareAxes)
    return g.add("Div", centered, g.add("Sqrt", g.add("Add", variance, g.number(1e-5))))
  }

  /// What Keras multiplies and adds: x, the factors, and the negative mean, which it subtracts in another shape.
  private static func separately(_ g: GraphSketch, shape: [Int] = [0, -1, 1]) -> (String, factor: String, mean: String)
  {
    let mean = g.add("ReduceMean", "x", attributes: ["axes": .integers([2])])
    let centered = g.add("Sub", "x", g.add("Reshape", mean, g.integers(shape[0], shape[1], shape[2])))
    let variance = g.add("ReduceMean", g.add("Mul", centered, centered), attributes: ["axes": .integers([2])])
    let inverse = g.add("Reciprocal", g.add("Sqrt", g.add("Add", variance, g.number(1e-3))))
    return ("x", g.add("Mul", inverse, g.weight([6])), g.add("Neg", mean))
  }

  private static func grouped(_ g: GraphSketch, _ shape: String, lengths: [Int] = [0, 2, -1]) -> String {
    let cut = g.add("Reshape", "x", g.integers(lengths[0], lengths[1], lengths[2]))
    return g.add("Reshape", g.add("InstanceNormalization", cut, g.weight([2]), g.weight([2])), shape)
  }

  static let normalizations: [Part] = [
    Part("layerNormalization", "torch", shape: [2, 7, 6]) { g in
      g.add("Add", g.add("Mul", normalized(g), g.weight([6])), g.weight([6]))
    },
    Part("layerNormalization", "without factors", shape: [2, 7, 6]) { g in normalized(g) },
    Part("layerNormalization", "of channels before pixels") { g in
      g.add("Add", g.add("Mul", g.weight([4, 1, 1]), normalized(g, axes: [1])), g.weight([4, 1, 1]))
    },
    Part("layerNormalization", "reciprocal of the root", shape: [2, 7, 6]) { g in
      let (centered, variance) = moments(g)
      let inverse = g.add("Reciprocal", g.add("Sqrt", g.add("Add", g.number(1e-3), variance)))
      return g.add("Mul", g.add("Mul", centered, inverse), g.weight([6]))
    },
    Part("layerNormalization", "Keras", shape: [2, 7, 6]) { g in
      let (x, factor, mean) = separately(g)
      return g.add("Add", g.add("Mul", x, factor), g.add("Add", g.add("Mul", mean, factor), g.weight([6])))
    },
    Part("layerNormalization", "Keras, without offsets", shape: [2, 7, 6]) { g in
      let (x, factor, mean) = separately(g)
      return g.add("Add", g.add("Mul", mean, factor), g.add("Mul", x, factor))
    },
    Part("groupNormalization", "torch") { g in
      let whole = grouped(g, g.add("Shape", "x"))
      return g.add("Add", g.add("Mul", whole, g.weight([4, 1, 1])), g.weight([4, 1, 1]))
    },
    Part("groupNormalization", "without factors") { g in grouped(g, g.integers(1, 4, 6, 5)) },
    Part("factors of channels", "and offsets") { g in
      let map = g.add("Conv", "x", g.weight([3, 4, 1, 1]))
      return g.add("Add", g.add("Mul", map, g.weight([1, 3, 1, 1])), g.weight([3, 1, 1]))
    },
    Part("factors of channels", "of a product", shape: [2, 7, 6]) { g in
      g.add("Mul", g.weight([3]), g.add("Add", g.add("MatMul", "x", g.weight([6, 3])), g.weight([3])))
    },
  ]

  /// Queries, keys and values of two heads, from tokens `[2, 7, 6]`.
  private static func heads(_ g: GraphSketch, keyOrder: [Int] = [0, 2, 3, 1]) -> (String, String, String) {
    func cut(_ order: [Int]) -> String {
      let tokens = g.add("MatMul", "x", g.weight([6, 6]))
      return g.add(
        "Transpose", g.add("Reshape", tokens, g.integers(0, -1, 2, 3)), attributes: ["perm": .integers(order)])
    }
    return (cut([0, 2, 1, 3]), cut(keyOrder), cut([0, 2, 1, 3]))
  }

  private static func joined(_ g: GraphSketch, _ result: String) -> String {
    let moved = g.add("Transpose", result, attributes: ["perm": .integers([0, 2, 1, 3])])
    return g.add("Reshape", moved, g.integers(0, 0, 6))
  }

  private static func softmax(_ g: GraphSketch, _ scores: String, axis: Int = -1) -> String {
    g.add("Softmax", scores, attributes: ["axis": .integer(axis)])
  }

  static let attentions: [Part] = [
    Part("attention", "a divisor", shape: [2, 7, 6]) { g in
      let (q, k, v) = heads(g)
      let scores = g.add("Div", g.add("MatMul", q, k), g.number(3.0.squareRoot()))
      return joined(g, g.add("MatMul", softmax(g, scores), v))
    },
    Part("attention", "roots of the factor from the shape", shape: [2, 7, 6]) { g in
      let (q, k, v) = heads(g)
      let width = g.add(
        "Cast", g.add("Slice", g.add("Shape", q), g.integers(-1), g.integers(1 << 40)),
        attributes: ["to": .integer(1)])
      let factor = g.add("Sqrt", g.add("Div", g.number(1), g.add("Sqrt", width)))
      let scores = g.add("MatMul", g.add("Mul", q, factor), g.add("Mul", k, factor))
      return joined(g, g.add("MatMul", softmax(g, scores, axis: 3), v))
    },
    Part("attention", "another factor", shape: [2, 7, 6]) { g in
      let (q, k, v) = heads(g)
      return joined(g, g.add("MatMul", softmax(g, g.add("MatMul", g.add("Mul", q, g.number(0.2)), k)), v))
    },
    Part("attention", "one head, no factor", shape: [2, 7, 6]) { g in
      let keys = g.add(
        "Transpose", g.add("MatMul", "x", g.weight([6, 4])), attributes: ["perm": .integers([0, 2, 1])])
      let scores = g.add("MatMul", g.add("MatMul", "x", g.weight([6, 4])), keys)
      return g.add("MatMul", softmax(g, scores), g.add("MatMul", "x", g.weight([6, 5])))
    },
    Part("attention", "heads within positions", shape: [7, 2, 6]) { g in
      // torch's nn.MultiheadAttention: positions first, heads and pictures as one axis.
      func cut() -> String {
        let rows = g.add("Reshape", g.add("MatMul", "x", g.weight([6, 6])), g.integers(7, 4, 3))
        return g.add("Transpose", rows, attributes: ["perm": .integers([1, 0, 2])])
      }
      let keys = g.add("Transpose", cut(), attributes: ["perm": .integers([0, 2, 1])])
      let scores = g.add("MatMul", g.add("Div", cut(), g.number(3.0.squareRoot())), keys)
      let result = g.add("MatMul", softmax(g, scores), cut())
      return g.add(
        "Reshape", g.add("Transpose", result, attributes: ["perm": .integers([1, 0, 2])]), g.integers(7, 2, 6))
    },
  ]

  /// Doubled height and width.
  private static func doubled(_ g: GraphSketch, _ map: String, mode: String = "linear") -> String {
    let factors = [1.0, 1, 2, 2].map { g.number($0) }.map { g.add("Unsqueeze", $0, g.integers(0)) }
    return g.add(
      "Resize", map, "", g.add("Concat", of: factors, attributes: ["axis": .integer(0)]),
      attributes: ["mode": .text(mode)])
  }

  private static func conv(_ g: GraphSketch, _ map: String, _ shape: Shape, stride: Int = 1) -> String {
    g.add("Conv", map, g.weight(shape), attributes: ["strides": .integers([stride, stride])])
  }

  /// Tokens of a map, as a product, and as a map again.
  private static func projected(_ g: GraphSketch, _ map: String, from channels: Int, to outputs: Int, side: Int)
    -> String
  {
    let flat = g.add("Reshape", map, g.integers(0, channels, -1))
    let tokens = g.add("Transpose", flat, attributes: ["perm": .integers([0, 2, 1])])
    let product = g.add("Add", g.weight([outputs]), g.add("MatMul", tokens, g.weight([channels, outputs])))
    let back = g.add("Transpose", product, attributes: ["perm": .integers([0, 2, 1])])
    return g.add("Reshape", back, g.integers(1, -1, side, side))
  }

  static let convolutions: [Part] = [
    Part("padded convolution", "on one side") { g in
      let padded = g.add("Pad", "x", g.integers(0, 0, 0, 1, 0, 0, 1, 2))
      return g.add("Conv", padded, g.weight([3, 4, 3, 3]), attributes: ["pads": .integers([1, 0, 0, 1])])
    },
    Part("padded convolution", "attributes of early versions", version: 10) { g in
      let padded = g.add("Pad", "x", attributes: ["pads": .integers([0, 0, 1, 1, 0, 0, 1, 1])])
      return g.add(
        "Conv", padded, g.weight([3, 4, 3, 3]), attributes: ["auto_pad": .text("VALID"), "strides": .integers([2, 2])])
    },
    Part("joined convolution", "SegFormer", shape: [1, 4, 8, 8]) { g in
      let half = conv(g, "x", [6, 4, 1, 1], stride: 2)
      let parts = [doubled(g, projected(g, half, from: 6, to: 7, side: 4)), projected(g, "x", from: 4, to: 7, side: 8)]
      return g.add(
        "Conv", g.add("Concat", of: parts, attributes: ["axis": .integer(1)]), g.weight([5, 14, 1, 1]), g.weight([5]))
    },
    Part("joined convolution", "HRNet", shape: [1, 32, 8, 8]) { g in
      let half = conv(g, "x", [64, 32, 1, 1], stride: 2)
      let parts = ["x", doubled(g, half), doubled(g, half, mode: "nearest")]
      return g.add(
        "Conv", g.add("Concat", of: parts, attributes: ["axis": .integer(1)]), g.weight([40, 160, 1, 1]), g.weight([40])
      )
    },
    Part("joined convolution", "an enlarged map alone", shape: [1, 64, 4, 4]) { g in
      g.add("Conv", doubled(g, "x"), g.weight([40, 64, 1, 1]), g.weight([40]))
    },
  ]

  static let others: [Part] = [
    Part("gelu", "another divisor") { g in
      let sum = g.add("Add", g.add("Erf", g.add("Div", "x", g.number(1.41))), g.number(1))
      return g.add("Mul", g.add("Mul", "x", sum), g.number(0.5))
    },
    Part("gelu", "of two values") { g in
      let sum = g.add("Add", g.add("Erf", g.add("Div", g.add("Neg", "x"), g.number(root))), g.number(1))
      return g.add("Mul", g.add("Mul", "x", sum), g.number(0.5))
    },
    Part("hardSwish", "another bound") { g in
      let clipped = g.add("Clip", g.add("Add", "x", g.number(3)), g.number(0), g.number(5))
      return g.add("Div", g.add("Mul", "x", clipped), g.number(6))
    },
    Part("attention", "with a mask", shape: [2, 7, 6]) { g in
      let (q, k, v) = heads(g)
      let scores = g.add("Add", g.add("MatMul", q, k), g.weight([7, 7]))
      return joined(g, g.add("MatMul", softmax(g, scores), v))
    },
    Part("joined convolution", "a larger window") { g in
      g.add("Conv", doubled(g, "x"), g.weight([4, 4, 3, 3]))
    },
    Part("layerNormalization", "difference the other way", shape: [2, 7, 6]) { g in
      let centered = g.add("Sub", g.add("ReduceMean", "x", attributes: ["axes": .integers([-1])]), "x")
      let variance = g.add("ReduceMean", g.add("Mul", centered, centered), attributes: ["axes": .integers([-1])])
      return g.add("Div", centered, g.add("Sqrt", g.add("Add", variance, g.number(1e-5))))
    },
  ]

  static let fallingBack: [Part] = [
    Part("layerNormalization", "moments over other axes", shape: [2, 7, 7]) { g in
      normalized(g, axes: [2], squareAxes: [1])
    },
    Part("layerNormalization", "the mean in another shape", shape: [2, 6, 6]) { g in
      let (x, factor, mean) = separately(g, shape: [2, 1, 6])
      return g.add("Add", g.add("Mul", mean, factor), g.add("Mul", x, factor))
    },
    Part("layerNormalization", "over all pixels") { g in normalized(g, axes: [2, 3]) },
    Part("layerNormalization", "factors of another axis", shape: [2, 6, 6]) { g in
      g.add("Mul", normalized(g), g.weight([6, 1]))
    },
    Part("attention", "softmax over queries", shape: [2, 7, 6]) { g in
      let (q, k, v) = heads(g)
      return joined(g, g.add("MatMul", softmax(g, g.add("MatMul", q, k), axis: 2), v))
    },
    Part("hardSwish", "another slope") { g in g.add("Mul", "x", g.add("HardSigmoid", "x")) },
    Part("padded convolution", "ones around") { g in
      g.add("Conv", g.add("Pad", "x", g.integers(0, 0, 1, 1, 0, 0, 1, 1), g.number(1)), g.weight([3, 4, 3, 3]))
    },
    Part("padded convolution", "mirrored edges") { g in
      let padded = g.add("Pad", "x", g.integers(0, 0, 1, 1, 0, 0, 1, 1), attributes: ["mode": .text("reflect")])
      return g.add("Conv", padded, g.weight([3, 4, 3, 3]))
    },
    Part("padded convolution", "more channels") { g in
      g.add("Conv", g.add("Pad", "x", g.integers(0, 1, 0, 0, 0, 0, 0, 0)), g.weight([3, 5, 1, 1]))
    },
    Part("factors of channels", "of rows") { g in g.add("Mul", "x", g.weight([6, 1])) },
    Part("joined convolution", "many outputs of few channels", shape: [1, 2, 4, 4]) { g in
      g.add("Conv", doubled(g, "x"), g.weight([40, 2, 1, 1]))
    },
    Part("joined convolution", "a stride", shape: [1, 64, 4, 4]) { g in
      g.add("Conv", doubled(g, "x"), g.weight([40, 64, 1, 1]), attributes: ["strides": .integers([2, 2])])
    },
  ]
}
