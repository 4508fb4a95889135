import TesseraKernels
import TesseraTensors

extension Variable {
  /// Element by element, with broadcasting: axes are aligned at the last one, and an axis of length 1 repeats.
  public static func + (left: Variable, right: Variable) -> Variable {
    .operation("add", on: [left, right], result: sum(left, right)) {
      [wanted = Wanted(left, right), l = left.shape, r = right.shape] gradient in
      [wanted.first { gradient.summed(to: l) }, wanted.second { gradient.summed(to: r) }]
    }
  }

  /// The sum without a record; that of something that was not computed yet waits with it.
  private static func sum(_ left: Variable, _ right: Variable) -> Variable {
    if let sum = left.deferred?.adding(right) ?? right.deferred?.adding(left) { return Variable(sum) }
    return Variable(computing(on: [left, right]) { left.value + right.value })
  }

  public static func - (left: Variable, right: Variable) -> Variable {
    .operation("subtract", on: [left, right], value: left.value - right.value) {
      [wanted = Wanted(left, right), l = left.shape, r = right.shape] gradient in
      [wanted.first { gradient.summed(to: l) }, wanted.second { -gradient.summed(to: r) }]
    }
  }

  public static func * (left: Variable, right: Variable) -> Variable {
    .operation("multiply", on: [left, right], value: left.value * right.value) {
      [wanted = Wanted(left, right), l = left.value, r = right.value] gradient in
      [
        wanted.first { (gradient * r).summed(to: l.shape) },
        wanted.second { (gradient * l).summed(to: r.shape) },
      ]
    }
  }

  public static func / (left: Variable, right: Variable) -> Variable {
    let quotient = computing(on: [left, right]) { left.value / right.value }
    return .operation("divide", on: [left, right], value: quotient) {
      [wanted = Wanted(left, right), l = left.shape, r = right.value] gradient in
      let share = gradient / r
      return [wanted.first { share.summed(to: l) }, wanted.second { -(share * quotient).summed(to: r.shape) }]
    }
  }

  public static func + (left: Variable, right: Float) -> Variable { left + Variable(Tensor(right)) }
  public static func - (left: Variable, right: Float) -> Variable { left - Variable(Tensor(right)) }
  public static func * (left: Variable, right: Float) -> Variable { left * Variable(Tensor(right)) }
  public static func / (left: Variable, right: Float) -> Variable { left / Variable(Tensor(right)) }
  public static func + (left: Float, right: Variable) -> Variable { Variable(Tensor(left)) + right }
  public static func - (left: Float, right: Variable) -> Variable { Variable(Tensor(left)) - right }
  public static func * (left: Float, right: Variable) -> Variable { Variable(Tensor(left)) * right }
  public static func / (left: Float, right: Variable) -> Variable { Variable(Tensor(left)) / right }

  public static prefix func - (x: Variable) -> Variable {
    .operation("negate", on: [x], value: -x.value) { [-$0] }
  }

  /// e to the power of each element.
  public func exponential() -> Variable {
    let result = Self.computing(on: [self]) { value.exponential() }
    return .operation("exponential", on: [self], value: result) { [$0 * result] }
  }

  /// The natural logarithm of each element.
  public func logarithm() -> Variable {
    .operation("logarithm", on: [self], value: value.logarithm()) { [value] in [$0 / value] }
  }

  /// The square root of each element.
  public func squareRoot() -> Variable {
    let result = Self.computing(on: [self]) { value.squareRoot() }
    return .operation("squareRoot", on: [self], value: result) { [$0 / (result * 2)] }
  }

  /// The square of each element.
  public func squared() -> Variable {
    .operation("square", on: [self], value: value.squared()) { [value] in [$0 * (value * 2)] }
  }

  /// The matrix product of `[..., m, k]` and `[k, n]`.
  public func matrixProduct(_ other: Variable) -> Variable {
    let isHollow = isHollow || other.isHollow
    let product =
      isHollow || shape.elementCount * other.shape.elementCount == 0
      ? Variable(Self.computing(on: [self, other]) { value.matrixProduct(other.value) })
      : Variable(DeferredConvolution(rows: value, matrix: other.value))
    return .operation(
      "matrixProduct", on: [self, other], result: product,
      multiplyAdds: product.shape.elementCount * other.shape[0]
    ) { [wanted = Wanted(self, other), l = value, r = other.value] gradient in
      [
        wanted.first { gradient.matrixProduct(r, otherTransposed: true) },
        wanted.second { l.asMatrix().matrixProduct(gradient.asMatrix(), transposed: true) },
      ]
    }
  }
}

/// Which of two inputs of an operation want a gradient.
///
/// A pullback captures this and values, never variables: those hold the tape, which holds the pullback.
struct Wanted {
  private let left: Bool
  private let right: Bool

  init(_ left: Variable, _ right: Variable) {
    self.left = left.needsGradient
    self.right = right.needsGradient
  }

  func first(_ gradient: () -> Tensor) -> Tensor? { left ? gradient() : nil }
  func second(_ gradient: () -> Tensor) -> Tensor? { right ? gradient() : nil }
}

extension Tensor {
  /// The adjoint of broadcasting: sums over the axes along which `shape` was repeated.
  func summed(to target: Shape) -> Tensor {
    guard shape != target else { return self }
    let missing = shape.rank - target.rank
    let repeated = (0..<shape.rank).filter { axis in
      axis < missing || target.dimensions[axis - missing] == 1 && shape.dimensions[axis] != 1
    }
    return sum(along: repeated).reshaped(to: target)
  }

  /// All leading axes joined: `[rows, last axis]`.
  func asMatrix() -> Tensor { reshaped(to: [count / max(1, shape[-1]), shape[-1]]) }
}
