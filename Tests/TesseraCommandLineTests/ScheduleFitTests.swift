import Testing

@testable import TesseraCommandLine

@Suite struct ScheduleFitTests {
  private func probe(step: Double = 0.5, batch: Double = 0.25, epoch: Double = 3) -> TrainingProbe {
    TrainingProbe(step: step, validationBatch: batch, epoch: epoch, start: 2, end: 4, validationBatches: 8)
  }

  @Test func theTimeOfARunIsThatOfItsParts() {
    // 2 + 3 epochs of 10 steps, 8 batches and what belongs to an epoch, but for that of the last; then 4.
    #expect(probe().seconds(epochs: 3, steps: 10) == 33)
    #expect(probe().seconds(epochs: 1, steps: 1) == 8.5)
  }

  @Test(arguments: [20.0, 60, 100, 1000, 36_000], [(0.5, 100), (0.01, 100), (3, 1000), (0.5, 1)])
  func epochsFillTheTime(seconds: Double, run: (step: Double, most: Int)) throws {
    let probe = probe(step: run.step)
    let fit = try #require(ScheduleFit(probe, seconds: seconds, mostSteps: run.most))
    let taken = probe.seconds(epochs: fit.epochs, steps: fit.steps)
    #expect(fit.steps >= 1 && fit.steps <= run.most)
    #expect(taken <= ScheduleFit.share * seconds + 1e-9)
    // Less than another step in each epoch is left, or one more epoch would not fit.
    let isFull = fit.steps == run.most && taken + probe.epochSeconds(steps: run.most) > ScheduleFit.share * seconds
    let longer = probe.seconds(epochs: fit.epochs, steps: fit.steps + 1)
    #expect(isFull || longer > ScheduleFit.share * seconds, "\(fit): \(taken)")
  }

  @Test func aTimeThatIsTooShortHasNone() {
    #expect(ScheduleFit(probe(), seconds: 8, mostSteps: 100) == nil)
    #expect(ScheduleFit(probe(), seconds: 9, mostSteps: 100) == ScheduleFit(probe(), seconds: 9.01, mostSteps: 1))
    #expect(ScheduleFit(probe(), seconds: -5, mostSteps: 100) == nil)
  }
}
