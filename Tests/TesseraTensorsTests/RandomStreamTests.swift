import Foundation
import TesseraTensors
import Testing

@Suite struct RandomStreamTests {
  struct KnownAnswer: Sendable {
    let counter: [UInt32]
    let key: [UInt32]
    let block: [UInt32]
  }

  /// The known answers of the Random123 distribution for philox4x32-10.
  static let knownAnswers = [
    KnownAnswer(counter: [0, 0, 0, 0], key: [0, 0], block: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      counter: [.max, .max, .max, .max], key: [.max, .max],
      block: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: [0xa409_3822, 0x299f_31d0],
      block: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ]

  @Test(arguments: knownAnswers) func givesTheKnownAnswersOfPhilox(answer: KnownAnswer) {
    func pair(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }
    let block = RandomStream.block(
      key: pair(answer.key[0], answer.key[1]),
      counter: (pair(answer.counter[0], answer.counter[1]), pair(answer.counter[2], answer.counter[3])))
    #expect(block.0 == pair(answer.block[0], answer.block[1]))
    #expect(block.1 == pair(answer.block[2], answer.block[3]))
  }

  @Test func drawsTheBlocksOfItsKeyInOrder() {
    var stream = RandomStream(seed: 42)
    for counter in 0..<5 as Range<UInt64> {
      let block = RandomStream.block(key: 42, counter: (counter, 0))
      #expect(stream.next() == block.0)
      #expect(stream.next() == block.1)
    }
  }

  @Test func derivedStreamsDependOnPurposeAndIndicesAndNotOnDraws() {
    let run = RandomStream(seed: 1)
    var used = run
    for _ in 0..<10 { _ = used.next() }
    #expect(used.derived("flip", 3, 4) == run.derived("flip", 3, 4))
    let streams = [
      run, run.derived("flip"), run.derived("flop"), run.derived("flip", 0), run.derived("flip", 1),
      run.derived("flip", -1), run.derived("flip", 0, 0), run.derived("flip", 0, 1), run.derived("flip", 1, 0),
      RandomStream(seed: 2).derived("flip"), run.derived(""), run.derived("flip").derived("flip"),
    ]
    #expect(Set(streams.map(\.key)).count == streams.count)
  }

  @Test func uniformNumbersHaveTheMomentsOfTheirDistribution() {
    var stream = RandomStream(seed: 7)
    let numbers = (0..<200_000).map { _ in Double(stream.uniform()) }
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
    // Five standard errors.
    #expect(abs(mean(numbers) - 0.5) < 5 * (1.0 / 12 / 200_000).squareRoot())
    #expect(abs(mean(numbers.map { $0 * $0 }) - 1.0 / 3) < 5 * (4.0 / 45 / 200_000).squareRoot())
    #expect(abs(mean(zip(numbers, numbers.dropFirst()).map { ($0 - 0.5) * ($1 - 0.5) })) < 5.0 / 12 / 447)
  }

  @Test func normalNumbersHaveTheMomentsOfTheirDistribution() {
    var stream = RandomStream(seed: 8)
    let numbers = (0..<200_000).map { _ in Double(stream.normal()) }
    // The moments 0, 1, 0, 3 and the variances of their estimates, within five standard errors.
    for (power, moment, variance) in [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)] as [(Int, Double, Double)] {
      let estimate = mean(numbers.map { pow($0, Double(power)) })
      #expect(abs(estimate - moment) < 5 * (variance / 200_000).squareRoot(), "moment \(power): \(estimate)")
    }
    let within = numbers.filter { abs($0) < 1 }.count
    #expect(abs(Double(within) / 200_000 - 0.682689) < 0.0053)
  }

  @Test(arguments: [-1..<1, 0..<1e-30, 1..<2, 1e6..<1e6 + 1, -2..<(-1)] as [Range<Float>])
  func uniformNumbersStayInsideTheirRange(range: Range<Float>) {
    var stream = RandomStream(seed: 9)
    #expect((0..<100_000).allSatisfy { _ in range.contains(stream.uniform(in: range)) })
  }

  @Test func theUpperBoundIsNeverReachedByRounding() {
    // The largest draw times a range of one, on top of 2^24, rounds up to the bound.
    var stream = RandomStream(seed: 10)
    let range: Range<Float> = 0x1p24..<0x1p24 + 2
    let numbers = (0..<1000).map { _ in stream.uniform(in: range) }
    #expect(numbers.allSatisfy { range.contains($0) })
  }

  @Test(arguments: [1, 2, 3, 10, 1000]) func indicesAreSpreadEvenly(bound: Int) {
    var stream = RandomStream(seed: 12)
    var counts = [Int](repeating: 0, count: bound)
    let draws = 100 * bound
    for _ in 0..<draws { counts[stream.index(below: bound)] += 1 }
    let chiSquare = counts.reduce(0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 }
    #expect(abs(chiSquare - Double(bound - 1)) <= 5 * (2 * Double(bound - 1)).squareRoot())
  }

  @Test(arguments: [0, 1, 2, 3, 17, 1000]) func aPermutationHoldsEachNumberOnce(count: Int) {
    var stream = RandomStream(seed: 11)
    let order = stream.permutation(of: count)
    #expect(order.sorted() == Array(0..<count))
    if count > 10 { #expect(order != stream.permutation(of: count)) }
  }

  @Test func allPermutationsAreEquallyLikely() {
    var stream = RandomStream(seed: 13)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 { counts[stream.permutation(of: 4), default: 0] += 1 }
    #expect(counts.count == 24)
    // 1000 of each are expected, with a deviation of 31.
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 155 })
  }

  private func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
}
