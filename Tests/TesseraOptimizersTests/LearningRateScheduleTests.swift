import Foundation
import TesseraOptimizers
import Testing

@Suite struct LearningRateScheduleTests {
  @Test func aConstantScheduleStaysTheSame() {
    let schedule = LearningRateSchedule.constant(0.003)
    #expect([0, 1, 1_000_000].map { schedule($0) } == [0.003, 0.003, 0.003])
  }

  static let decaying: [(name: String, schedule: @Sendable (Int) -> LearningRateSchedule)] = [
    ("cosine", { .cosine(from: 1e-3, to: 1e-6, over: 100, warmUp: $0) }),
    ("polynomial", { .polynomial(from: 1e-3, to: 1e-6, over: 100, power: 0.9, warmUp: $0) }),
    ("line", { .polynomial(from: 1e-3, to: 1e-6, over: 100, power: 1, warmUp: $0) }),
  ]

  @Test(arguments: 0..<decaying.count, [0, 1, 10, 99]) func isExactAtBothEndsAndFallsBetween(kind: Int, warmUp: Int) {
    let schedule = Self.decaying[kind].schedule(warmUp)
    #expect(schedule(warmUp) == 1e-3)
    #expect(schedule(100) == 1e-6)
    #expect(schedule(1_000_000) == 1e-6)
    for step in warmUp..<100 { #expect(schedule(step) > schedule(step + 1)) }
  }

  @Test(arguments: 0..<decaying.count) func warmsUpInALineFromAboveZero(kind: Int) {
    let schedule = Self.decaying[kind].schedule(9)
    for step in 0..<9 { #expect(abs(schedule(step) - 1e-4 * Double(step + 1)) < 1e-18) }
    let constant = LearningRateSchedule.constant(1, warmUp: 3)
    #expect((0..<5).map { constant($0) } == [0.25, 0.5, 0.75, 1, 1])
  }

  @Test(arguments: 0...40) func followsTheFormulas(step: Int) {
    let progress = Double(step) / 40
    let cosine = LearningRateSchedule.cosine(from: 0.5, to: 0.1, over: 40)
    #expect(abs(cosine(step) - (0.1 + 0.4 * 0.5 * (1 + cos(.pi * progress)))) < 1e-15)
    let polynomial = LearningRateSchedule.polynomial(from: 0.5, to: 0.1, over: 40, power: 2)
    #expect(abs(polynomial(step) - (0.1 + 0.4 * (1 - progress) * (1 - progress))) < 1e-15)
  }

  @Test func aRateThatIsNoNumberStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LearningRateSchedule.step(from: .nan, by: 0.1, every: 10)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    #expect(message?.contains("LearningRateSchedule.step: the rate must be finite and not negative; got nan") == true)
  }

  @Test func aCycleHoldsItsLastRateAndCanBeginAtItsPeak() {
    let cycle = LearningRateSchedule.oneCycle(peak: 1, over: 10, warmUp: 1, endDivisor: 4)
    #expect(cycle(0) == 1)
    #expect([9, 10, 1_000_000].map { cycle($0) } == [0.01, 0.01, 0.01])
  }

  @Test func aScheduleOfYourOwnIsAPlainFunction() {
    let halving = LearningRateSchedule { step in pow(0.5, Double(step / 10)) }
    #expect([0, 9, 10, 25].map { halving($0) } == [1, 1, 0.5, 0.25])
  }

  @Test func aWarmUpAsLongAsTheRunStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LearningRateSchedule.cosine(from: 1, over: 10, warmUp: 10)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    #expect(message?.contains("LearningRateSchedule.cosine: the warm-up must be shorter than the 10 steps") == true)
  }

  /// A fall that would take longer than there are numbers lasts for ever.
  @Test func fallsMayGrowBeyondAllSteps() {
    let schedule = LearningRateSchedule.restarts(from: 1, first: 10, factor: .max)
    #expect([0, 10, 11, 1_000_000].map { schedule($0) } == [1, 1, 1, 1])
    #expect(LearningRateSchedule.constant(1, warmUp: .max)(0) > 0)
  }
}
