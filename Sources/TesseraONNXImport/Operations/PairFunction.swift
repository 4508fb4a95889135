import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// An elementwise function of two arrays, with broadcasting, that networks rarely use.
struct PairFunction: ReplayableOperation {
  enum Kind: Sendable, Hashable {
    case maximum, minimum, power
    case equal, greater, greaterOrEqual, less, lessOrEqual, and, or, exclusiveOr
    /// The rest of a division, with the divisor's sign or, as C's `fmod`, the dividend's.
    case remainder(isTruncated: Bool)
  }

  let kind: Kind
  var name: String { "\(kind)" }
  let isPointwise = true

  init(_ kind: Kind) { self.kind = kind }

  func result(of inputs: [Tensor]) -> Tensor {
    switch kind {
    case .maximum: return .maximum(inputs[0], inputs[1])
    case .minimum: return .minimum(inputs[0], inputs[1])
    default:
      let (left, right) = Self.broadcast(inputs[0], inputs[1])
      return mapped(left, right) { value($0[0], $0[1]) }
    }
  }

  private static func broadcast(_ left: Tensor, _ right: Tensor) -> (Tensor, Tensor) {
    // Zeros of both shapes have the shape of their sum.
    let shape = left.shape == right.shape ? left.shape : (Tensor.zeros(left.shape) + Tensor.zeros(right.shape)).shape
    return (left.repeated(to: shape), right.repeated(to: shape))
  }

  private func value(_ a: Float, _ b: Float) -> Float {
    func number(_ isSo: Bool) -> Float { isSo ? 1 : 0 }
    return switch kind {
    case .maximum: max(a, b)
    case .minimum: min(a, b)
    case .equal: number(a == b)
    case .greater: number(a > b)
    case .greaterOrEqual: number(a >= b)
    case .less: number(a < b)
    case .lessOrEqual: number(a <= b)
    case .and: number(a != 0 && b != 0)
    case .or: number(a != 0 || b != 0)
    case .exclusiveOr: number((a != 0) != (b != 0))
    case .remainder(isTruncated: true): fmodf(a, b)
    case .remainder(isTruncated: false):
      { (rest: Float) in rest == 0 || (rest < 0) == (b < 0) ? rest : rest + b }(fmodf(a, b))
    case .power: powf(a, b)
    }
  }

  /// The function of each pair, with its gradient; none flows through comparisons and remainders.
  func callAsFunction(_ left: Variable, _ right: Variable) -> Variable {
    .operation(replaying: self, on: [left, right]) { gradient, inputs, _ in
      guard hasSlopes else { return [nil, nil] }
      let (a, b) = Self.broadcast(inputs[0], inputs[1])
      return [
        (gradient * mapped(a, b) { slopes($0[0], $0[1]).left }).reduced(to: inputs[0].shape),
        (gradient * mapped(a, b) { slopes($0[0], $0[1]).right }).reduced(to: inputs[1].shape),
      ]
    }
  }

  private var hasSlopes: Bool { [.maximum, .minimum, .power].contains(kind) }

  /// The derivatives by both operands. Of two equals the first is the larger one and the smaller one.
  private func slopes(_ a: Float, _ b: Float) -> (left: Float, right: Float) {
    switch kind {
    case .maximum: a >= b ? (1, 0) : (0, 1)
    case .minimum: a <= b ? (1, 0) : (0, 1)
    case .power: (b * powf(a, b - 1), a > 0 ? logf(a) * powf(a, b) : 0)
    default: (0, 0)
    }
  }
}

/// The elements of one array where a test holds, and those of another elsewhere, with broadcasting.
struct Selection: ReplayableOperation {
  let name = "where"
  let isPointwise = true

  func result(of inputs: [Tensor]) -> Tensor {
    let shape = inputs.dropFirst().reduce(Tensor.zeros(inputs[0].shape)) { $0 + .zeros($1.shape) }.shape
    let parts = inputs.map { $0.repeated(to: shape) }
    return mapped(parts[0], parts[1], parts[2]) { $0[0] != 0 ? $0[1] : $0[2] }
  }

  func callAsFunction(_ test: Variable, _ first: Variable, _ second: Variable) -> Variable {
    .operation(replaying: self, on: [test, first, second]) { gradient, inputs, _ in
      let holds = inputs[0].repeated(to: gradient.shape)
      return [
        nil, mapped(holds, gradient) { $0[0] != 0 ? $0[1] : 0 }.reduced(to: inputs[1].shape),
        mapped(holds, gradient) { $0[0] != 0 ? 0 : $0[1] }.reduced(to: inputs[2].shape),
      ]
    }
  }
}

extension Tensor {
  /// The adjoint of broadcasting: sums over the axes along which `target` was repeated.
  func reduced(to target: Shape) -> Tensor {
    guard shape != target else { return self }
    let missing = shape.rank - target.rank
    let repeated = (0..<shape.rank).filter { axis in
      axis < missing || target.dimensions[axis - missing] == 1 && shape.dimensions[axis] != 1
    }
    return sum(along: repeated).reshaped(to: target)
  }
}
