import TesseraTensors
import Testing

/// Records an issue unless `actual` has `expected`'s shape and every element lies within `tolerance` times the largest
/// expected magnitude.
///
/// Relative to the largest, not to each element: a sum of large terms that cancel has the error of its terms. A NaN
/// equals only a NaN.
public func expectClose(
  _ actual: Tensor, _ expected: DoubleArray, tolerance: Double = 1e-5, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.shape == expected.shape else {
    Issue.record("\(what) has shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
    return
  }
  let scale = max(expected.scalars.reduce(0) { max($0, $1.isNaN ? 0 : abs($1)) }, 1e-30)
  var worst = (index: 0, error: 0.0)
  for (index, (a, e)) in zip(actual.scalars, expected.scalars).enumerated() {
    let difference = Double(a).isNaN && e.isNaN || Double(a) == e ? 0 : abs(Double(a) - e) / scale
    if !(difference <= worst.error) { worst = (index, difference.isNaN ? .infinity : difference) }
  }
  if worst.error > tolerance {
    var (rest, position) = (worst.index, [Int]())
    for length in expected.shape.dimensions.reversed() {
      position.insert(rest % length, at: 0)
      rest /= length
    }
    Issue.record(
      """
      \(what) \(expected.shape) differs most at \(position): \(actual.scalars[worst.index]), expected \
      \(expected.scalars[worst.index]); that is \(worst.error) of the largest magnitude \(scale), allowed \(tolerance)
      """, sourceLocation: sourceLocation)
  }
}

/// The same for another tensor.
public func expectClose(
  _ actual: Tensor, _ expected: Tensor, tolerance: Double = 1e-5, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    actual, DoubleArray(expected), tolerance: tolerance, what, sourceLocation: sourceLocation)
}

/// Records an issue unless `<apply(x), y> = <x, adjoint(y)>`: the definition of an adjoint, without a step size.
public func expectAdjoint(
  _ apply: (Tensor) -> Tensor, _ adjoint: (Tensor) -> Tensor, from source: Shape, to target: Shape,
  tolerance: Double = 1e-5, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let x = Tensor.random(source, seed: 11)
  let y = Tensor.random(target, seed: 12)
  let (ax, ay) = (apply(x), adjoint(y))
  guard ax.shape == target && ay.shape == source else {
    Issue.record(
      "\(what): shapes \(ax.shape) and \(ay.shape), expected \(target) and \(source)", sourceLocation: sourceLocation)
    return
  }
  let (left, right) = (DoubleArray(ax).dot(DoubleArray(y)), DoubleArray(x).dot(DoubleArray(ay)))
  let scale = (DoubleArray(ax).dot(DoubleArray(ax)) * DoubleArray(y).dot(DoubleArray(y))).squareRoot()
  if !(abs(left - right) <= tolerance * max(scale, 1e-30)) {
    Issue.record("\(what): <Ax, y> = \(left), but <x, A'y> = \(right)", sourceLocation: sourceLocation)
  }
}

/// Records an issue unless `body` gives the same bits on 1, 2, 3 and 7 threads.
public func expectSameBits(
  _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation, _ body: () -> [Tensor]
) {
  func bits(threads: Int) -> [[UInt32]] {
    ComputeContext.$current.withValue(ComputeContext(threads: threads)) { body().map { $0.scalars.map(\.bitPattern) } }
  }
  let alone = bits(threads: 1)
  for threads in [2, 3, 7] where bits(threads: threads) != alone {
    Issue.record("\(what): \(threads) threads give other bits than one", sourceLocation: sourceLocation)
  }
}
