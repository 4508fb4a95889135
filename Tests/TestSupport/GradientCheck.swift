import TesseraAutograd
import TesseraTensors
import Testing

/// Compares an operation on variables with an oracle of it in `Double`: its value, and the gradient of every element of
/// every input with the oracle's central difference.
///
/// The gradient is that of `<result, seed>` for a random seed, so that every element of the result takes part. The
/// difference is taken of the oracle, never of the operation: a mistake that forward and backward pass share is found.
/// - Parameters:
///   - function: the operation under test.
///   - oracle: the same function in plain loops.
///   - inputs: where it is evaluated; one variable each.
///   - tolerance: of the largest gradient.
public func expectGradients(
  of function: ([Variable]) -> Variable, match oracle: ([DoubleArray]) -> DoubleArray, at inputs: [Tensor],
  tolerance: Double = 2e-5, step: Double = 1e-4, mode: Tape.Mode = .training, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let tape = Tape(mode: mode, random: RandomStream(seed: 5))
  let variables = inputs.map(tape.variable)
  let result = function(variables)
  let exact = inputs.map(DoubleArray.init)
  expectClose(
    result.value, oracle(exact), tolerance: tolerance, "\(what) value", sourceLocation: sourceLocation)
  let seed = Tensor.random(result.shape, seed: 99)
  let weights = DoubleArray(seed)
  let gradients = tape.gradients(of: result, seed: seed)
  for (number, variable) in variables.enumerated() {
    guard let gradient = gradients[variable] else {
      Issue.record(
        "\(what): input \(number) has no gradient",
        sourceLocation: sourceLocation)
      continue
    }
    var expected = DoubleArray(shape: inputs[number].shape)
    for element in expected.scalars.indices {
      func value(at offset: Double) -> Double {
        var moved = exact
        moved[number].scalars[element] += offset
        return oracle(moved).dot(weights)
      }
      expected.scalars[element] = (value(at: step) - value(at: -step)) / (2 * step)
    }
    expectClose(
      gradient, expected, tolerance: tolerance, "\(what) gradient of input \(number)",
      sourceLocation: sourceLocation)
  }
}
