import Foundation
import TesseraDatasets
import TesseraNetworks
import TesseraOptimizers
import TesseraTensors
import TesseraTraining
import Testing

/// Training while the rate rises.
@Suite struct RateTestTests {
  private func curve(
    _ test: RateTest, steps: Int, optimizer kind: (UNet) -> any Optimizer = { Adam(for: $0) }
  ) async throws -> RateCurve {
    let model = tinyNetwork()
    let trainer = Trainer(model, optimizer: kind(model), schedule: test.schedule, observers: [test])
    let loader = DataLoader(tinyScenes(8), batchSize: 2, imageSize: 16, steps: steps)
    return try await test.curve(of: trainer, on: loader)
  }

  @Test func everyStepsRateIsTheSameFactorAboveTheOneBefore() async throws {
    var told: [RateCurve.Point] = []
    let found = try await curve(RateTest(from: 1e-6, to: 1e-2, steps: 9) { told.append($0) }, steps: 9)
    #expect(found.points.count == 9 && told == found.points && !found.diverged && found.window == 3)
    for (step, point) in found.points.enumerated() {
      #expect(abs(point.rate / pow(10, -6 + Double(step) / 2) - 1) < 1e-12)
    }
    // The first step's loss is the untrained network's.
    let recorder = Recorder()
    let model = tinyNetwork()
    try await Trainer(model, optimizer: Adam(for: model), schedule: .constant(0), observers: [recorder])
      .fit(DataLoader(tinyScenes(8), batchSize: 2, imageSize: 16, steps: 1), epochs: 1)
    #expect(Double(recorder.steps[0].loss) == found.points[0].loss)
  }

  @Test func aLossThatIsLostEndsTheTest() async throws {
    let found = try await curve(RateTest(from: 1e-3, to: 1e9, steps: 60), steps: 60) { SGD(for: $0, momentum: 0.9) }
    #expect(found.diverged && found.points.count < 60)
    #expect(found.points.allSatisfy { $0.loss.isFinite })
    // The named rate is far below the last.
    let rate = try found.learningRate()
    #expect(rate < found.points[found.points.count - 1].rate / 10)
    let trial = try await curve(RateTest(from: rate, to: rate, steps: 60), steps: 60) { SGD(for: $0, momentum: 0.9) }
    #expect(trial.falls && trial.points.count == 60 && trial.points.allSatisfy { $0.rate == rate })
  }

  /// Control-C is no divergence.
  @Test func aCanceledTestEndsAsSuch() async throws {
    let task = Task {
      try await curve(RateTest(from: 1e-6, to: 1, steps: 9) { _ in withUnsafeCurrentTask { $0?.cancel() } }, steps: 9)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
