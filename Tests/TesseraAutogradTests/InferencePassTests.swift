import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// Operations without a tape hold and take no more memory than they must.
@Suite struct InferencePassTests {
  static let shape: Shape = [1, 64, 64, 16]
  static let bytes = 64 * 64 * 16 * 4

  private func withPool(_ body: (BufferPool) -> Void) {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) { body(pool) }
  }

  @Test func anActivationOfAVariableThatIsHandedOverWorksInPlace() {
    withPool { pool in
      var x = Variable(.random(Self.shape))
      let scalars = x.value.scalars
      x = activate(relu(consume x), .leakyReLU(slope: 0.5))
      #expect(pool.statistics.peak < Self.bytes + 1000)
      #expect(x.value.scalars == scalars.map { max($0, 0) })
    }
  }

  @Test func anActivationLeavesAVariableThatOthersHold() {
    let x = Variable(.random(Self.shape))
    let copy = x.value.scalars
    let result = relu(x)
    #expect(x.value.scalars == copy && result.value.scalars == copy.map { max($0, 0) })
  }

  @Test func aJoinedVariableDoesNotHoldItsParts() {
    withPool { pool in
      let joined: Variable
      do {
        let parts = [Variable(.random(Self.shape, seed: 1)), Variable(.random(Self.shape, seed: 2))]
        joined = concatenate(parts)
      }
      withExtendedLifetime(joined) { #expect(pool.statistics.live == 2 * Self.bytes) }
    }
  }

  @Test func aConvolutionAppliesAnyActivationItself() {
    withPool { pool in
      let (x, filter) = (Variable(.random(Self.shape)), Variable(.random([1, 1, 16, 16])))
      let expected = Activation.gelu(conv2D(x, filter: filter).value)
      func requests(_ body: () -> Variable) -> Int {
        let before = pool.statistics.requests
        expectClose(body().value, expected, tolerance: 1e-6)
        return pool.statistics.requests - before
      }
      let fused = requests { conv2D(x, filter: filter, activation: .gelu) }
      let applied = requests { activate(conv2D(x, filter: filter), .gelu) }
      #expect(fused == applied, "no memory for the activation")
    }
  }

  /// The input is on no tape, so only the filter's tells that a gradient is wanted.
  @Test func aFilterOnATapeHasItsGradientThroughAnyActivation() {
    let (input, filter) = (Tensor.random([1, 5, 4, 2], seed: 1), Tensor.random([3, 3, 2, 3], seed: 2))
    func gradient(_ body: (Variable) -> Variable) -> Tensor? {
      let tape = Tape()
      let weights = tape.variable(filter)
      return tape.gradients(of: body(weights).squared().sum())[weights]
    }
    let fused = gradient { conv2D(Variable(input), filter: $0, activation: .gelu) }
    let apart = gradient { activate(conv2D(Variable(input), filter: $0), .gelu) }
    #expect(fused != nil && fused == apart)
  }
}
