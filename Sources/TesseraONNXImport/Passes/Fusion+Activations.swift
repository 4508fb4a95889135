import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Fusion {
  /// Activations that are spelled out, as exporters do for versions of operators that lack them.
  static let activations: [Fusion] = {
    let x = Pattern.value("x")
    let erf = Pattern.node("Erf", [.product([x, .number(0.5.squareRoot())])])
    let clipped = Pattern.clip(.sum([x, .number(3)]), 0...6)
    let cube = Pattern.node("Pow", [x, .number(3)])
    let inner = Pattern.product([
      .sum([x, .product([cube, .number(0.044715)])]), .number((2 / Double.pi).squareRoot()),
    ])
    return [
      activation("gelu", .product([x, .number(0.5), .sum([erf, .number(1)])]), .gelu),
      Fusion("gelu by tanh", .product([x, .number(0.5), .sum([.node("Tanh", [inner]), .number(1)])])) {
        call throws(NodeFault) in
        let x = try call.variable("x")
        return x.with(geluByTanh(x.variable))
      },
      activation("silu", .product([x, .node("Sigmoid", [x])]), .silu),
      Fusion("hardSwish", .product([x, .node("HardSigmoid", [x], name: "gate")])) { call throws(NodeFault) in
        let gate = try call.node("gate")
        let (slope, center) = (try gate.float("alpha", or: 0.2), try gate.float("beta", or: 0.5))
        guard abs(slope - 1 / 6) < 1e-6 && center == 0.5 else { return nil }
        let x = try call.variable("x")
        return x.with(activate(x.variable, .hardSwish))
      },
      activation("hardSwish", .product([x, clipped, .number(1.0 / 6)]), .hardSwish),
      activation("hardSigmoid", .product([clipped, .number(1.0 / 6)]), .hardSigmoid),
      Fusion("mish", .product([x, .node("Tanh", [.node("Softplus", [x])])])) { call throws(NodeFault) in
        let x = try call.variable("x")
        return x.with(PointwiseFunction(.mish)(x.variable))
      },
    ]
  }()

  private static func activation(_ name: String, _ pattern: Pattern, _ activation: Activation) -> Fusion {
    Fusion(name, pattern) { call throws(NodeFault) in
      let x = try call.variable("x")
      return x.with(activate(x.variable, activation))
    }
  }

  /// GELU's approximation by tanh, 0.5 x (1 + tanh(u)) = x sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3)
  /// (Hendrycks and Gimpel 2016, arXiv:1606.08415).
  static func geluByTanh(_ x: Variable) -> Variable {
    let factor = 2 * (2 / Float.pi).squareRoot()
    return x * activate(x * (x.squared() * (0.044715 * factor) + factor), .sigmoid)
  }
}
