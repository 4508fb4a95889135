import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// A resized picture waits for what is added to it, and values and gradients are right whatever follows: against plain
/// loops in Double and central differences of those.
@Suite struct DeferredResizingTests {
  private static let inputs = [
    Tensor.random([2, 3, 4, 5], seed: 1), .random([2, 7, 6, 5], seed: 2), .random([2, 2, 2, 5], seed: 3),
  ]
  private static let size = Extent(height: 7, width: 6)

  private static func enlarged(_ x: Variable) -> Variable { resize(x, to: size, .bilinear) }
  private static func enlarged(_ x: DoubleArray) -> DoubleArray { Oracle.bilinear(x, to: 7, 6) }

  private struct Use: Sendable {
    let name: String
    var inputs = 2
    let use: @Sendable ([Variable]) -> Variable
    let oracle: @Sendable ([DoubleArray]) -> DoubleArray
  }

  private static let uses = [
    Use(name: "sum") {
      enlarged($0[0]) + $0[1]
    } oracle: {
      enlarged($0[0]).combined(with: $0[1], +)
    },
    Use(name: "sum in the other order") {
      $0[1] + enlarged($0[0])
    } oracle: {
      enlarged($0[0]).combined(with: $0[1], +)
    },
    Use(name: "sum of three", inputs: 3) {
      enlarged($0[0]) + enlarged($0[2]) + $0[1]
    } oracle: {
      enlarged($0[0]).combined(with: enlarged($0[2]), +).combined(with: $0[1], +)
    },
    Use(name: "twice itself", inputs: 1) { x in
      let y = enlarged(x[0])
      return y + y
    } oracle: {
      enlarged($0[0]).map { 2 * $0 }
    },
    Use(name: "sum and itself") { x in
      let y = enlarged(x[0])
      return (y + x[1]) * y
    } oracle: { x in
      let y = enlarged(x[0])
      return y.combined(with: x[1], +).combined(with: y, *)
    },
    Use(name: "sum and activation") {
      activate(enlarged($0[0]) + $0[1], .relu)
    } oracle: {
      enlarged($0[0]).combined(with: $0[1], +).map { max($0, 0) }
    },
    Use(name: "something that repeats") {
      enlarged($0[0]) + $0[1].mean(along: [1, 2], keepingAxes: true)
    } oracle: { x in
      enlarged(x[0]).combined(with: x[1].mean(along: [1, 2]), +)
    },
  ]

  @Test(arguments: uses.indices) func whatFollowsIsRightHoweverItFollows(_ index: Int) {
    let use = Self.uses[index]
    expectGradients(
      of: use.use, match: use.oracle, at: Array(Self.inputs.prefix(use.inputs)), tolerance: 1e-4, use.name)
  }

  /// The bits are those of a picture that was resized first.
  @Test(arguments: [Interpolation.nearest, .bilinear, .bilinearAlignedCorners])
  func theSumIsThatOfTheResizedPicture(_ interpolation: Interpolation) {
    let (small, large) = (Self.inputs[0], Self.inputs[1])
    let expected = small.resized(to: Self.size, interpolation) + large
    #expect((resize(Variable(small), to: Self.size, interpolation) + Variable(large)).value == expected)
    #expect((Variable(large) + resize(Variable(small), to: Self.size, interpolation)).value == expected)
  }

  /// One pass writes the sum; the resized picture's own memory is nowhere.
  @Test func aSumTakesNoMemoryForTheResizedPicture() {
    let pool = BufferPool()
    let bytes = 64 * 64 * 16 * 4
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let (small, large) = (Tensor.random([1, 8, 8, 16]), Tensor.random([1, 64, 64, 16]))
      let tape = Tape()
      let x = [tape.variable(small), tape.variable(large)]
      let before = pool.statistics.live
      let sum = resize(x[0], to: Extent(height: 64, width: 64), .bilinear) + x[1]
      #expect(pool.statistics.live == before)
      _ = sum.value
      let held = pool.statistics.live - before
      #expect(held >= bytes && held < bytes + 8192)
      withExtendedLifetime((tape, x, sum)) {}
    }
  }
}
