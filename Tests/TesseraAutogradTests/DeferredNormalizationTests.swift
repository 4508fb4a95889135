import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// A batch normalization on a tape waits for what follows it, and whatever that is, value and gradients are right:
/// against plain loops in Double and central differences of those.
@Suite struct DeferredNormalizationTests {
  private static let inputs = [
    Tensor.random([2, 3, 3, 4], seed: 1, in: -1..<3), .random([4], seed: 2, in: 0.5..<2), .random([4], seed: 3),
    .random([2, 3, 3, 4], seed: 4),
  ]

  private static func norm(_ x: [Variable]) -> Variable {
    batchNormalization(x[0], scale: x[1], offset: x[2], epsilon: 1e-2).output
  }

  private static func norm(_ x: [DoubleArray]) -> DoubleArray {
    Oracle.normalize(x[0], along: [0, 1, 2], epsilon: 1e-2).combined(with: x[1], *).combined(with: x[2], +)
  }

  private static func relu(_ x: DoubleArray) -> DoubleArray { x.map { max($0, 0) } }
  private static func silu(_ x: DoubleArray) -> DoubleArray { x.map { $0 / (1 + exp(-$0)) } }

  private struct Use: Sendable {
    let name: String
    let use: @Sendable ([Variable]) -> Variable
    let oracle: @Sendable ([DoubleArray]) -> DoubleArray
  }

  private static let uses = [
    Use(name: "activation") {
      TesseraAutograd.relu(norm($0)) + $0[3]
    } oracle: {
      relu(norm($0)).combined(with: $0[3], +)
    },
    Use(name: "activation that derives from its input") {
      activate(norm($0), .silu) * $0[3]
    } oracle: {
      silu(norm($0)).combined(with: $0[3], *)
    },
    Use(name: "sum and activation") {
      TesseraAutograd.relu(norm($0) + $0[3])
    } oracle: {
      relu(norm($0).combined(with: $0[3], +))
    },
    Use(name: "sum in the other order") {
      TesseraAutograd.relu($0[3] + norm($0))
    } oracle: {
      relu(norm($0).combined(with: $0[3], +))
    },
    Use(name: "sum and an activation that derives from its input") {
      activate(norm($0) + $0[3], .silu)
    } oracle: {
      silu(norm($0).combined(with: $0[3], +))
    },
    Use(name: "sum alone") {
      ($0[3] + norm($0)) * $0[3]
    } oracle: {
      norm($0).combined(with: $0[3], +).combined(with: $0[3], *)
    },
    Use(name: "two activations") { x in
      let y = norm(x)
      return activate(y, .silu) * TesseraAutograd.relu(y) + x[3]
    } oracle: { x in
      let y = norm(x)
      return silu(y).combined(with: relu(y), *).combined(with: x[3], +)
    },
    Use(name: "activation, then the value") { x in
      let y = norm(x)
      let z = TesseraAutograd.relu(y)
      return z * x[3] + y
    } oracle: { x in
      let y = norm(x)
      return relu(y).combined(with: x[3], *).combined(with: y, +)
    },
    Use(name: "the value, then an activation") { x in
      let y = norm(x)
      let z = y * x[3]
      return z + activate(y, .silu)
    } oracle: { x in
      let y = norm(x)
      return y.combined(with: x[3], *).combined(with: silu(y), +)
    },
    Use(name: "sums of one") { x in
      let y = norm(x)
      return TesseraAutograd.relu(y + x[3]) + (y + x[3])
    } oracle: { x in
      let sum = norm(x).combined(with: x[3], +)
      return relu(sum).combined(with: sum, +)
    },
    Use(name: "the sum of two") { x in
      TesseraAutograd.relu(norm(x) + norm([x[3], x[1], x[2]]))
    } oracle: { x in
      relu(norm(x).combined(with: norm([x[3], x[1], x[2]]), +))
    },
    Use(name: "twice itself") { x in
      let y = norm(x)
      return TesseraAutograd.relu(y + y) + x[3]
    } oracle: { x in
      relu(norm(x).map { 2 * $0 }).combined(with: x[3], +)
    },
  ]

  @Test(arguments: uses.indices) func whatFollowsIsRightHoweverItFollows(_ index: Int) {
    let use = Self.uses[index]
    expectGradients(of: use.use, match: use.oracle, at: Self.inputs, tolerance: 1e-4, use.name)
  }

  /// Gradients of a sum that nobody has looked at are those of one that was computed.
  @Test func aResultThatStillWaitsIsAUser() throws {
    func gradient(reading: Bool) throws -> Tensor {
      let tape = Tape()
      let x = Self.inputs.map(tape.variable)
      let y = Self.norm(x)
      let sum = TesseraAutograd.relu(y) + y
      if reading { _ = sum.value }
      return try #require(tape.gradients(of: sum, seed: Self.inputs[3])[x[0]])
    }
    #expect(try gradient(reading: false) == gradient(reading: true))
  }

  /// One pass writes the activation's result; the normalization's own is nowhere.
  @Test func anActivationTakesNoMemoryOfItsOwn() {
    let pool = BufferPool()
    let bytes = 256 * 64 * 4
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let vector = Tensor(repeating: 1, shape: [64])
      for activation in [Activation.relu, .gelu] {
        let tape = Tape()
        let x = tape.variable(.random([256, 64]))
        let before = pool.statistics.live
        var y = batchNormalization(x, scale: tape.variable(vector), offset: tape.variable(vector), epsilon: 1e-3).output
        y = activate(y, activation)
        let held = pool.statistics.live - before
        #expect(held >= bytes && held < bytes + 8192, "\(activation)")
        withExtendedLifetime((tape, x, y)) {}
      }
    }
  }

  /// Gradients are wanted of the offset alone: the pullback has no input to find the derivative from.
  @Test func aFrozenInputAndScale() throws {
    let tape = Tape()
    let (x, scale) = (tape.input(Self.inputs[0]), Variable(Self.inputs[1]))
    let offset = tape.variable(Self.inputs[2])
    let y = TesseraAutograd.relu(batchNormalization(x, scale: scale, offset: offset, epsilon: 1e-2).output)
    let expected = (0..<4).map { channel in
      Float(stride(from: channel, to: y.value.count, by: 4).count { y.value.scalars[$0] > 0 })
    }
    let gradients = tape.gradients(of: y, seed: Tensor(repeating: 1, shape: y.shape))
    #expect(try #require(gradients[offset]).scalars == expected)
  }
}
