import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraTraining

/// Batch normalization over the batches of several ranks, against plain loops in Double over the joined batch.
@Suite struct SharedMomentsTests {
  private static let channels = 6
  private static let scale = Tensor.random([channels], seed: 2, in: 0.5..<2)
  private static let offset = Tensor.random([channels], seed: 3)

  private static func input(_ pictures: Int, _ rank: Int, mean: Float) -> Tensor {
    .random([pictures, 3, 2, channels], seed: UInt64(10 + rank), in: mean - 1..<mean + 3)
  }

  private static func seed(_ pictures: Int, _ rank: Int) -> Tensor {
    .random([pictures, 3, 2, channels], seed: UInt64(20 + rank))
  }

  struct Found: Sendable {
    let output, byInput, byScale, byOffset: Tensor
    let moments: Moments
  }

  /// What each rank finds of its batch.
  private static func found(_ pictures: [Int], mean: Float) async throws -> [Found] {
    let results = await asRanks(pictures.count) { exchange in
      let shared = SharedBatch(of: Array(pictures.indices), in: RankGroup(exchange))
      let tape = Tape(holdingMovesWith: RandomStream(seed: 1), sharedBy: shared)
      let count = pictures[exchange.rank]
      let x = tape.variable(input(count, exchange.rank, mean: mean))
      let (scale, offset) = (tape.variable(scale), tape.variable(offset))
      let (output, moments) = batchNormalization(x, scale: scale, offset: offset, epsilon: 1e-2)
      let value = output.value
      let gradients = tape.gradients(of: output, seed: seed(count, exchange.rank))
      if let failure = shared.failure { throw failure }
      return Found(
        output: value, byInput: try #require(gradients[x]), byScale: try #require(gradients[scale]),
        byOffset: try #require(gradients[offset]), moments: moments)
    }
    return try results.map { try $0.get() }
  }

  private static func joined(_ tensors: [Tensor]) -> DoubleArray {
    let scalars = tensors.flatMap(\.scalars)
    return DoubleArray(Tensor(scalars).reshaped(to: [scalars.count / channels, channels]))
  }

  @Test(arguments: [[2, 2], [3, 1], [1, 2, 4]], [0, 30] as [Float])
  func gradientsAreThoseOfTheJoinedBatch(pictures: [Int], mean: Float) async throws {
    let found = try await Self.found(pictures, mean: mean)
    let input = Self.joined(pictures.enumerated().map { Self.input($1, $0, mean: mean) })
    let seed = Self.joined(pictures.enumerated().map { Self.seed($1, $0) })
    let (scale, offset) = (DoubleArray(Self.scale), DoubleArray(Self.offset))
    func output(_ input: DoubleArray, _ scale: DoubleArray, _ offset: DoubleArray) -> DoubleArray {
      Oracle.normalize(input, along: [0], epsilon: 1e-2).combined(with: scale, *).combined(with: offset, +)
    }
    func slopes(_ array: DoubleArray, _ value: (DoubleArray) -> Double) -> DoubleArray {
      var result = array
      for place in array.scalars.indices {
        var (more, less) = (array, array)
        more.scalars[place] += 1e-4
        less.scalars[place] -= 1e-4
        result.scalars[place] = (value(more) - value(less)) / 2e-4
      }
      return result
    }
    let tolerance = mean == 0 ? 5e-5 : 5e-4
    func expect(_ own: [Tensor], _ right: DoubleArray, _ what: String) {
      let own = own.flatMap(\.scalars)
      #expect(own.count == right.scalars.count)
      let error = zip(own, right.scalars).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(error < tolerance, "\(what): \(error)")
    }
    expect(found.map(\.output), output(input, scale, offset), "value")
    expect(
      found.map(\.byInput), slopes(input) { output($0, scale, offset).combined(with: seed, *).scalars.reduce(0, +) },
      "gradient of the input")
    // Parameters belong to all ranks: their gradients are added up afterwards.
    func sum(_ parts: [Tensor]) -> [Tensor] { [parts.dropFirst().reduce(parts[0], +)] }
    expect(
      sum(found.map(\.byScale)),
      slopes(scale) { output(input, $0, offset).combined(with: seed, *).scalars.reduce(0, +) }, "gradient of the scale")
    expect(
      sum(found.map(\.byOffset)),
      slopes(offset) { output(input, scale, $0).combined(with: seed, *).scalars.reduce(0, +) }, "gradient of the offset"
    )
    let center = input.mean(along: [0])
    for moments in found.map(\.moments) {
      expect([moments.mean], center, "mean")
      expect(
        [moments.variance], input.combined(with: center, -).map { $0 * $0 }.mean(along: [0]), "variance")
      #expect(moments.count == pictures.reduce(0, +) * 6)
      #expect(moments.mean == found[0].moments.mean && moments.variance == found[0].moments.variance)
    }
  }

  /// What one rank alone finds.
  @Test func aRankWithoutOthersHasItsOwnMoments() async throws {
    let found = try await Self.found([3], mean: 0)[0]
    let own = BatchNormalization.moments(of: Self.input(3, 0, mean: 0))
    #expect(found.moments.mean == own.mean && found.moments.variance == own.variance && own.count == 18)
  }
}
