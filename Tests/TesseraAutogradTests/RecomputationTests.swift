import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraAutograd

/// Blocks that a tape forgets and computes again give what a tape that keeps all gives, to the bit.
@Suite struct RecomputationTests {
  /// Everything that a pass leaves behind.
  private struct Found: Equatable {
    var value: Tensor
    var gradients: [Tensor?]
    var moves: [Tensor]
    var told: [Int]
  }

  private static let parameters: [Parameter] = [
    Parameter(.random([3, 3, 4, 4], seed: 1)), Parameter(.random([4], seed: 2, in: 0.5..<2)),
    Parameter(.random([4], seed: 3)), Parameter(.random([3, 3, 4, 4], seed: 4)),
    Parameter(.random([4], seed: 5), kind: .statistic),
  ]
  private static let inputs = [Tensor.random([2, 6, 5, 4], seed: 6), .random([2, 6, 5, 4], seed: 7)]

  private typealias Block = @Sendable (Variable, Variable) -> Variable

  /// Normalizes, and moves the statistic by the mean.
  private static func norm(_ x: Variable) -> Variable {
    let (output, moments) = batchNormalization(
      x, scale: parameters[1].joining(x), offset: parameters[2].joining(x), epsilon: 1e-3)
    x.tape?.move(parameters[4], keeping: 0.9, adding: moments.mean)
    return output
  }

  private static func convolved(_ x: Variable, _ index: Int = 0) -> Variable {
    conv2D(x, filter: parameters[index].joining(x))
  }

  /// A network in which blocks follow each other, and values have users within blocks and outside.
  private static func pass(recomputing: Bool, wantsInputs: Bool = true, _ block: @escaping Block) -> Found {
    let tape = Tape(holdingMovesWith: RandomStream(seed: 9), recomputesBlocks: recomputing)
    let (x, y) = (
      wantsInputs ? tape.variable(inputs[0]) : tape.input(inputs[0]),
      wantsInputs ? tape.variable(inputs[1]) : tape.input(inputs[1])
    )
    let before = dropout(convolved(x, 3), rate: 0.3)
    let first = recomputed(before, y, by: block)
    let second = recomputed(dropout(first, rate: 0.2)) { block($0, $0) }
    // The block's inputs and its result are used again.
    let result = (second + first * before).mean() + (y * before).sum()
    var told: [Int] = []
    let gradients = tape.gradients(of: result) { parameter, _ in
      told.append(parameters.firstIndex { $0 === parameter } ?? -1)
    }
    return Found(
      value: result.value, gradients: parameters.map { gradients[$0] } + [gradients[x], gradients[y]],
      moves: (tape.heldMoves ?? []).map(\.addition), told: told)
  }

  private static let blocks: [(name: String, block: Block)] = [
    ("convolution", { convolved($0) + $1 }),
    ("residual", { x, _ in relu(norm(convolved(x)) + x) }),
    ("parameter twice", { convolved(relu(convolved($0))) * $1 }),
    ("dropout", { dropout(convolved(dropout($0, rate: 0.4)), rate: 0.5) + spatialDropout($1, rate: 0.5) }),
    ("stochastic depth", { $0 + stochasticDepth(norm(convolved($1)), rate: 0.5) }),
    (
      "joined",
      { conv2D(concatenate([$0, $1], dropoutRate: 0.3).sliced(2..<6, along: -1), filter: parameters[0].joining($0)) }
    ),
    ("within blocks", { x, y in recomputed(recomputed(x) { dropout(convolved($0), rate: 0.2) }, y) { norm($0) * $1 } }),
    ("waits for what follows", { x, y in norm(x) + y }),
    ("nothing of its inputs", { x, _ in parameters[2].joining(x) + Variable(Tensor.zeros([2, 6, 5, 4])) }),
  ]

  @Test(arguments: blocks.indices) func gradientsHaveTheBitsOfATapeThatKeepsAll(index: Int) {
    let block = Self.blocks[index].block
    for wantsInputs in [true, false] {
      let kept = Self.pass(recomputing: false, wantsInputs: wantsInputs, block)
      let again = Self.pass(recomputing: true, wantsInputs: wantsInputs, block)
      #expect(kept.gradients.contains { $0 != nil } && kept.gradients[4] == nil)
      #expect(again == kept, "\(Self.blocks[index].name)")
    }
  }

  @Test func statisticsMoveOnceAndInOrder() {
    let kept = Self.pass(recomputing: false) { Self.norm($0) + Self.norm($1) }
    let again = Self.pass(recomputing: true) { Self.norm($0) + Self.norm($1) }
    #expect(kept.moves.count == 4 && kept.moves == again.moves)
    // Also where nobody holds the moves back.
    let statistic = Parameter(.zeros([4]), kind: .statistic)
    let tape = Tape(recomputesBlocks: true)
    let x = recomputed(tape.variable(Self.inputs[0])) { x in
      x.tape?.move(statistic, keeping: 1, adding: Tensor(repeating: 1, shape: [4]))
      return x.squared()
    }
    #expect(statistic.value.scalars == [1, 1, 1, 1])
    _ = tape.gradients(of: x.sum())
    #expect(statistic.value.scalars == [1, 1, 1, 1])
  }

  @Test func frozenParametersGetNoGradients() {
    let (frozen, trained) = (Parameter(.random([4], seed: 1)), Parameter(.random([4], seed: 2)))
    frozen.isTrainable = false
    let tape = Tape(recomputesBlocks: true)
    let x = recomputed(tape.input(Self.inputs[0])) { $0 * frozen.joining($0) + trained.joining($0) }
    let gradients = tape.gradients(of: x.sum())
    #expect(gradients[frozen] == nil && gradients[trained]?.scalars == [60, 60, 60, 60])
  }

  /// Without a tape, on one that keeps all and on one that infers, a block is what it computes.
  @Test func elsewhereABlockIsACall() {
    final class Calls { var count = 0 }
    let calls = Calls()
    func run(_ x: Variable) -> Variable {
      recomputed(x) {
        calls.count += 1
        return dropout(Self.convolved($0), rate: 0.5)
      }
    }
    let plain = run(Variable(Self.inputs[0])).value
    let tape = Tape()
    _ = tape.gradients(of: run(tape.variable(Self.inputs[0])).sum())
    #expect(calls.count == 2)
    let inferring = Tape(mode: .inference, recomputesBlocks: true)
    let output = run(inferring.variable(Self.inputs[0]))
    #expect(output.value == plain, "no dropout")
    _ = inferring.gradients(of: output.sum())
    #expect(calls.count == 4, "forward, and again on the way back")
  }

  /// Eight blocks of four values each: a tape keeps the blocks' inputs, and what one block keeps.
  @Test func onlyTheInputsOfBlocksAreKept() {
    func peak(recomputing: Bool) -> Int {
      let pool = BufferPool()
      return ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
        let tape = Tape(recomputesBlocks: recomputing)
        var x = tape.variable(Tensor(repeating: 0.1, shape: [1, 64, 64, 16]))
        for _ in 0..<8 { x = recomputed(x) { $0 + $0.exponential().exponential().exponential().exponential() } }
        let loss = x.mean()
        x = loss
        _ = tape.gradients(of: loss)
        return pool.statistics.peak
      }
    }
    let unit = 64 * 64 * 16 * 4
    let (kept, again) = (peak(recomputing: false), peak(recomputing: true))
    #expect(kept > 32 * unit)
    #expect(again < 16 * unit, "\(again / unit) instead of \(kept / unit) values")
  }

  @Test func aTapeThatIsNeverWalkedBackGoesWithItsLastVariable() {
    weak var forgotten: Tape?
    do {
      let tape = Tape(recomputesBlocks: true)
      forgotten = tape
      let x = recomputed(tape.variable(Self.inputs[0])) { relu(Self.norm(Self.convolved($0))) }
      #expect(x.needsGradient && forgotten != nil)
    }
    #expect(forgotten == nil)
  }

  @Test func theRecordedPassKnowsItsWork() {
    let tape = Tape(recomputesBlocks: true)
    let x = recomputed(tape.variable(Self.inputs[0])) { Self.convolved(Self.convolved($0)) }
    #expect(x.needsGradient)
    let operation = tape.operations[0]
    #expect(tape.operations.count == 1 && operation.multiplyAdds == 2 * 2 * 6 * 5 * 4 * 9 * 4)
    #expect(operation.parameters.map(ObjectIdentifier.init) == [ObjectIdentifier(Self.parameters[0])])
  }
}

/// Pictures have the same random numbers in whichever piece of a batch they are.
@Suite struct PieceOfABatchTests {
  private static let operations: [(name: String, apply: @Sendable (Variable) -> Variable)] = [
    ("dropout", { dropout($0, rate: 0.5) }),
    ("spatial dropout", { spatialDropout($0, rate: 0.5) }),
    ("stochastic depth", { stochasticDepth($0, rate: 0.5) }),
    ("joined", { concatenate([$0, $0 * 2], dropoutRate: 0.5) }),
    ("one after another", { dropout(stochasticDepth(dropout($0, rate: 0.2), rate: 0.5), rate: 0.3) }),
    ("in a block", { recomputed($0) { dropout($0, rate: 0.5) } }),
  ]

  @Test(arguments: operations.indices) func piecesAreTheWhole(index: Int) throws {
    let (name, apply) = Self.operations[index]
    let whole = Tensor.random([7, 5, 3, 4], seed: 3, in: 1..<2)
    func pass(_ range: Range<Int>) throws -> (value: Tensor, gradient: Tensor) {
      let tape = Tape(
        holdingMovesWith: RandomStream(seed: 5), recomputesBlocks: true, firstPicture: range.lowerBound)
      let x = tape.variable(whole.sliced(range, along: 0))
      let y = apply(x)
      let gradients = tape.gradients(of: y, seed: y.value)
      return (y.value, try #require(gradients[x]))
    }
    let right = try pass(0..<7)
    #expect(right.value.scalars.contains(0) && right.value.scalars.contains { $0 != 0 })
    for range in [0..<1, 0..<3, 3..<5, 5..<7] {
      let piece = try pass(range)
      #expect(piece.value == right.value.sliced(range, along: 0), "\(name) \(range)")
      #expect(piece.gradient == right.gradient.sliced(range, along: 0), "\(name) \(range)")
    }
  }
}
