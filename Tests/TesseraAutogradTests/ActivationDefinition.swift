import Foundation
import TesseraKernels

extension Activation {
  /// The textbook's formula in `Double`.
  func definition(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: Foundation.tanh(x)
    case .gelu: x * 0.5 * (1 + erf(x / 2.0.squareRoot()))
    case .relu6: min(max(x, 0), 6)
    case .hardSigmoid: min(max(x + 3, 0), 6) / 6
    case .silu: x / (1 + exp(-x))
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    }
  }
}
