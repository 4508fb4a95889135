import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// An elementwise function that networks rarely use.
struct PointwiseFunction: ReplayableOperation {
  enum Kind: Sendable, Hashable {
    case absolute, ceiling, cosine, erf, floor, mish, not, round, sign, sine, softplus, softsign, tangent, truncation
    /// x where positive, alpha (exp(x / alpha) - 1) elsewhere.
    case celu(alpha: Float)
    /// scale times x where positive, scale alpha (exp(x) - 1) elsewhere.
    case elu(alpha: Float, scale: Float)
    /// x above the threshold, 0 elsewhere.
    case threshold(Float)
  }

  let kind: Kind
  var name: String { "\(kind)" }
  let isPointwise = true

  init(_ kind: Kind) { self.kind = kind }

  /// The function's value.
  func callAsFunction(_ x: Float) -> Float {
    switch kind {
    case .absolute: abs(x)
    case .ceiling: x.rounded(.up)
    case .cosine: cosf(x)
    case .erf: erff(x)
    case .floor: x.rounded(.down)
    case .mish: x * tanhf(Self.softplus(x))
    case .not: x == 0 ? 1 : 0
    case .round: x.rounded(.toNearestOrEven)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
    case .sine: sinf(x)
    case .softplus: Self.softplus(x)
    case .softsign: x / (1 + abs(x))
    case .tangent: tanf(x)
    case .truncation: x.rounded(.towardZero)
    case .celu(let alpha): max(0, x) + min(0, alpha * expm1f(x / alpha))
    case .elu(let alpha, let scale): x > 0 ? scale * x : scale * alpha * expm1f(x)
    case .threshold(let least): x > least ? x : 0
    }
  }

  /// Its derivative; 0 where it is constant by pieces.
  func derivative(_ x: Float) -> Float {
    switch kind {
    case .absolute: x < 0 ? -1 : x > 0 ? 1 : 0
    case .ceiling, .floor, .not, .round, .sign, .truncation: 0
    case .cosine: -sinf(x)
    case .erf: 2 / Float.pi.squareRoot() * expf(-x * x)
    case .mish:
      { (t: Float) in t + x * (1 - t * t) / (1 + expf(-x)) }(tanhf(Self.softplus(x)))
    case .sine: cosf(x)
    case .softplus: 1 / (1 + expf(-x))
    case .softsign: 1 / ((1 + abs(x)) * (1 + abs(x)))
    case .tangent: 1 + tanf(x) * tanf(x)
    case .celu(let alpha): x > 0 ? 1 : expf(x / alpha)
    case .elu(let alpha, let scale): x > 0 ? scale : scale * alpha * expf(x)
    case .threshold(let least): x > least ? 1 : 0
    }
  }

  private static func softplus(_ x: Float) -> Float { max(x, 0) + log1pf(expf(-abs(x))) }

  func result(of inputs: [Tensor]) -> Tensor { mapped(inputs[0]) { self($0[0]) } }

  /// The function of each element, with its gradient.
  func callAsFunction(_ input: Variable) -> Variable {
    .operation(replaying: self, on: [input]) { gradient, inputs, _ in
      [mapped(inputs[0]) { derivative($0[0]) } * gradient]
    }
  }
}

/// What `body` makes of the elements at each place of tensors of one shape.
func mapped(_ first: Tensor, _ others: Tensor..., by body: (UnsafeBufferPointer<Float>) -> Float) -> Tensor {
  let tensors = [first] + others
  let interleaved = tensors.count == 1 ? first : Tensor.interleaved(tensors)
  let width = tensors.count
  return Tensor(shape: first.shape) { out in
    interleaved.withUnsafeBufferPointer { elements in
      parallelFor(out.count, grain: 4096) { range in
        for index in range {
          out[index] = body(UnsafeBufferPointer(rebasing: elements[index * width..<(index + 1) * width]))
        }
      }
    }
  }
}

extension Tensor {
  /// The elements of all tensors, those of one place next to each other.
  fileprivate static func interleaved(_ tensors: [Tensor]) -> Tensor {
    let column = Shape(tensors[0].shape.dimensions + [1])
    return .concatenation(tensors.map { $0.reshaped(to: column) }, along: -1)
  }
}
