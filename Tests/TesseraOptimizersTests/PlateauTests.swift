import TesseraOptimizers
import TesseraTensors
import Testing

@Suite struct PlateauTests {
  @Test func fallsAfterMoreEpochsWithoutABetterScoreThanItsPatience() {
    let schedule = LearningRateSchedule.onPlateau(from: 1, factor: 0.5, patience: 2, stepsPerEpoch: 100)
    let scores = [0.3, 0.4, 0.4, 0.4, 0.4, 0.1, 0.2, 0.3, 0.5, 0.5]
    let rates = (0...10).map { schedule($0 * 100, scores: scores) }
    #expect(rates == [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])
    // The epoch is complete with its last step, not before.
    #expect(schedule(499, scores: scores) == 1)
  }

  @Test func epochsOfTheWarmUpCanBeTheBestButNotOneTooMany() {
    let schedule = LearningRateSchedule.onPlateau(
      from: 1, factor: 0.5, patience: 1, warmUp: 30, stepsPerEpoch: 10)
    let scores = [0.9, 0.5, 0.5, 0.5, 0.5]
    #expect(schedule(29, scores: scores) == 30.0 / 31)
    #expect([30, 40, 50].map { schedule($0, scores: scores) } == [1, 1, 0.5])
  }

  @Test func aScoreThatIsNoNumberIsNotBetterAndNegativeOnesCompareToo() {
    let schedule = LearningRateSchedule.onPlateau(
      from: 1, factor: 0.5, patience: 0, threshold: .relative(0.1), stepsPerEpoch: 1)
    #expect(schedule(3, scores: [.nan, 0.5, 0.6]) == 0.5)
    #expect(schedule(3, scores: [0.5, .nan, 0.6]) == 0.5)
    // -9 is a tenth better than -10, -9.1 is not.
    #expect(schedule(2, scores: [-10, -8.9]) == 1)
    #expect(schedule(2, scores: [-10, -9.1]) == 0.5)
    #expect(schedule(2, scores: [0, 0]) == 0.5)
  }

  @Test func fallsNoLowerThanTheLeastAndNeverRises() {
    let schedule = LearningRateSchedule.onPlateau(
      from: 1, factor: 0.1, patience: 0, least: 0.05, stepsPerEpoch: 1)
    #expect((1...4).map { schedule($0, scores: [1, 1, 1, 1]) } == [1, 0.1, 0.05, 0.05])
    let above = LearningRateSchedule.onPlateau(from: 0.01, patience: 0, least: 0.05, stepsPerEpoch: 1)
    #expect(above(4, scores: [1, 1, 1, 1]) == 0.01)
  }

  @Test func withoutScoresItIsConstant() {
    let schedule = LearningRateSchedule.onPlateau(from: 0.3, patience: 0, stepsPerEpoch: 1)
    #expect([0, 5, 5_000].map { schedule($0) } == [0.3, 0.3, 0.3])
  }

  @Test func otherSchedulesLookAtNoScores() {
    let schedule = LearningRateSchedule.exponential(from: 1, decay: 0.5)
    #expect(schedule(3, scores: [0.1, 0.1, 0.1]) == 0.125)
    let own = LearningRateSchedule(following: { step, scores in Double(step) + (scores.last ?? 0) })
    #expect(own(2, scores: [0.25, 0.5]) == 2.5)
  }
}
