import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// An elementwise function of two arrays of one shape that networks rarely use.
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
    case .maximum: .maximum(inputs[0], inputs[1])
    case .minimum: .minimum(inputs[0], inputs[1])
    default: mapped(inputs[0], inputs[1]) { value($0[0], $0[1]) }
    }
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

  /// The function of each pair of two variables of one shape, with its gradient; none flows through comparisons and
  /// remainders.
  func callAsFunction(_ left: Variable, _ right: Variable) -> Variable {
    .operation(replaying: self, on: [left, right]) { gradient, inputs, _ in
      guard hasSlopes else { return [nil, nil] }
      return [
        gradient * mapped(inputs[0], inputs[1]) { slopes($0[0], $0[1]).left },
        gradient * mapped(inputs[0], inputs[1]) { slopes($0[0], $0[1]).right },
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

/// The elements of one array where a test holds, and those of another elsewhere; all have one shape.
struct Selection: ReplayableOperation {
  let name = "where"
  let isPointwise = true

  func result(of inputs: [Tensor]) -> Tensor {
    mapped(inputs[0], inputs[1], inputs[2]) { $0[0] != 0 ? $0[1] : $0[2] }
  }

  func callAsFunction(_ test: Variable, _ first: Variable, _ second: Variable) -> Variable {
    .operation(replaying: self, on: [test, first, second]) { gradient, inputs, _ in
      [
        nil, mapped(inputs[0], gradient) { $0[0] != 0 ? $0[1] : 0 },
        mapped(inputs[0], gradient) { $0[0] != 0 ? 0 : $0[1] },
      ]
    }
  }
}
