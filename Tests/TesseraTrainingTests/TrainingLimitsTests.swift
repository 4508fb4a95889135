import Foundation
import TesseraDatasets
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct TrainingLimitsTests {
  private func fit(
    _ limits: TrainingLimits, epochs: Int, rate: Double = 0, resuming snapshot: TrainingSnapshot? = nil,
    _ observers: any TrainingObserver...
  ) async throws -> TrainingOutcome {
    let model = tinyNetwork()
    let trainer = Trainer(
      model, optimizer: SGD(for: model), schedule: .constant(rate), limits: limits, observers: observers)
    let loader = DataLoader(tinyScenes(4), batchSize: 2, imageSize: 16, shuffles: false)
    return try await trainer.fit(loader, validatingOn: loader, epochs: epochs, resuming: snapshot)
  }

  /// A rate of 0 changes nothing: the first epoch stays the best.
  @Test func patienceEndsARunThatGetsNoBetter() async throws {
    let recorder = Recorder()
    let outcome = try await fit(TrainingLimits(patience: 2), epochs: 9, recorder)
    #expect(outcome.reports.count == 3 && outcome.steps == 6)
    #expect(outcome.ending == .outOfPatience(best: 1))
    #expect(recorder.events.last == "end 3")
  }

  @Test func aRunThatGetsBetterGoesOn() async throws {
    let model = tinyNetwork()
    let trainer = Trainer(
      model, optimizer: Adam(for: model), schedule: .constant(0.001), limits: TrainingLimits(patience: 1))
    // Without validation the score is minus the loss, which falls from epoch to epoch here.
    let outcome = try await trainer.fit(
      DataLoader(tinyScenes(4), batchSize: 4, imageSize: 16, shuffles: false), epochs: 4)
    #expect(zip(outcome.reports, outcome.reports.dropFirst()).allSatisfy { $0.loss > $1.loss })
    #expect(outcome.reports.count == 4 && outcome.ending == .completed)
  }

  @Test func whenTheTimeIsUpTheRunIsSavedAndCanGoOn() async throws {
    try await withTemporaryFolder { folder in
      func keeper() throws -> CheckpointKeeper {
        try CheckpointKeeper(in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16)
      }
      let stopped = try await fit(TrainingLimits(time: .zero), epochs: 2, try keeper())
      #expect(stopped.ending == .outOfTime(step: 1) && stopped.reports.isEmpty)
      let snapshot = try TrainingSnapshot(contentsOf: RunCheckpoints.last(in: folder), into: tinyNetwork())
      #expect(snapshot.position.step == 1 && snapshot.position.stepInEpoch == 1)
      let rest = Recorder()
      let outcome = try await fit(TrainingLimits(), epochs: 2, resuming: snapshot, rest)
      #expect(rest.steps.map(\.step) == [2, 3, 4] && rest.plan?.stepsDone == 1)
      #expect(outcome.ending == .completed && outcome.reports.count == 2)
    }
  }

  @Test func aRunStopsAfterAnEpochAndGoesOnFromThere() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try CheckpointKeeper(in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16)
      let stopped = try await fit(TrainingLimits(lastEpoch: 1), epochs: 3, keeper)
      #expect(stopped.ending == .stopped(epoch: 1) && stopped.reports.count == 1 && stopped.steps == 2)
      func snapshot() throws -> TrainingSnapshot {
        try TrainingSnapshot(contentsOf: RunCheckpoints.last(in: folder), into: tinyNetwork())
      }
      // It is there already.
      let again = try await fit(TrainingLimits(lastEpoch: 1), epochs: 3, resuming: snapshot())
      #expect(again.ending == .stopped(epoch: 1) && again.steps == 2)
      let outcome = try await fit(TrainingLimits(lastEpoch: 9), epochs: 3, resuming: snapshot())
      #expect(outcome.ending == .completed && outcome.reports.count == 3)
    }
  }
}
