import Foundation
import TesseraCheckpoints
import TesseraDatasets
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

/// A run that is stopped and goes on in another process ends with the bits of one that was never stopped.
@Suite struct ResumeTests {
  /// Whatever a trainer can remember is remembered by one of these.
  enum Kind: CaseIterable { case adam, momentum, rmsprop, accumulated, averaged, plateau, onePass }

  /// Ends the process of a run, as far as a test can: everything but the files is made anew afterwards.
  private struct Stop: Error {}

  private struct End: Equatable {
    let weights: [Tensor]
    let optimizer: [String: Tensor]
    let metrics: [String]
    let best: [Tensor]
  }

  /// Trains for three epochs of five steps in `folder`, from its checkpoint on where there is one; stops behind a step.
  private func train(
    _ kind: Kind, in folder: String, stoppingBehind stop: Int? = nil, seed: UInt64 = 3
  ) async throws -> End {
    let scenes = tinyScenes(11)
    let random = RandomStream(seed: seed)
    let model = UNet(.init(classes: 10, width: 2, dropout: 0.3), random: random)
    let optimizer: any Optimizer =
      switch kind {
      case .momentum: SGD(for: model, momentum: 0.9)
      case .rmsprop: RMSprop(for: model)
      default: Adam(for: model)
      }
    let schedule: LearningRateSchedule =
      kind == .plateau
      ? .onPlateau(from: 0.01, factor: 0.5, patience: 0, threshold: .absolute(1), stepsPerEpoch: 5)
      : .cosine(from: 0.01, over: 15)
    let batches = kind == .accumulated ? 2 : 1
    let training = DataLoader(
      scenes, batchSize: 2, imageSize: 16, augmentation: .standard, seed: seed,
      steps: kind == .onePass ? nil : 5 * batches, workers: 2)
    let recorder = Recorder()
    if let stop { recorder.onStep = { if $0.step == stop { throw Stop() } } }
    let log = try MetricsLog(path: folder + "/metrics.jsonl")
    let keeper = try CheckpointKeeper(
      in: folder, labelSpace: scenes.labelSpace, imageSize: 16, savingEvery: .zero, configuration: [1, 2, 3])
    let trainer = Trainer(
      model, optimizer: optimizer, schedule: schedule,
      step: TrainingStep(batches: batches, average: kind == .averaged ? WeightAverage(of: model, decay: 0.9) : nil),
      random: random, observers: [log, recorder, keeper])
    let newest = try RunCheckpoints.newest(in: folder)
    let snapshot = try newest.map { try TrainingSnapshot(contentsOf: $0.path, into: model) }
    let validation = DataLoader(scenes, batchSize: 4, imageSize: 16, shuffles: false)
    try await trainer.fit(training, validatingOn: validation, epochs: 3, resuming: snapshot)
    let metrics = try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
      String($0).replacing(/,"(dataS|s)econds":[0-9.e-]+/, with: "").replacing(/"dataSeconds":[0-9.e-]+,/, with: "")
    }
    return End(
      weights: model.parameters.map(\.value),
      optimizer: Dictionary(uniqueKeysWithValues: optimizer.state.map { ($0.name, $0.tensor) }), metrics: metrics,
      best: try SegmentationCheckpoint(contentsOf: keeper.bestPath).model.parameters.map(\.value))
  }

  @Test(arguments: Kind.allCases) func aRunThatStopsAnywhereEndsWithTheSameBits(kind: Kind) async throws {
    let steps = kind == .onePass ? 18 : 15
    let whole = try await withTemporaryFolder { try await train(kind, in: $0) }
    #expect(whole.metrics.count == steps + 3)
    #expect(Set(whole.metrics).count == steps + 3 && whole.metrics.allSatisfy { !$0.contains("econds") })
    // In an epoch, at its end (before its validation), at its beginning, at the run's end.
    for stops in [[1], [3], [5], [6, 7, 12], [10, steps]] {
      try await withTemporaryFolder { folder in
        for stop in stops {
          await #expect(throws: Stop.self) { _ = try await train(kind, in: folder, stoppingBehind: stop) }
          // A failure saves behind the step that failed; as after a crash, the state before it is the newest.
          if stop > 1 {
            try FileManager.default.removeItem(atPath: folder + "/last.safetensors")
          }
        }
        #expect(try await train(kind, in: folder) == whole, "stopped behind steps \(stops)")
      }
    }
  }

  @Test func otherSeedsAreNotResumed() async throws {
    try await withTemporaryFolder { folder in
      await #expect(throws: Stop.self) { _ = try await train(.adam, in: folder, stoppingBehind: 4) }
      await #expect(throws: TrainingError.otherSeed) { _ = try await train(.adam, in: folder, seed: 4) }
    }
  }

  @Test func moreEpochsGoOnFromTheEnd() async throws {
    func train(_ epochs: [Int]) async throws -> [Tensor] {
      try await withTemporaryFolder { folder in
        var weights: [Tensor] = []
        for epochs in epochs {
          let model = tinyNetwork()
          let keeper = try CheckpointKeeper(in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16)
          let trainer = Trainer(
            model, optimizer: Adam(for: model), schedule: .constant(0.01), observers: [keeper])
          let snapshot = try RunCheckpoints.newest(in: folder).map {
            try TrainingSnapshot(contentsOf: $0.path, into: model)
          }
          let outcome = try await trainer.fit(
            DataLoader(tinyScenes(5), batchSize: 2, imageSize: 16, steps: 2), epochs: epochs, resuming: snapshot)
          #expect(outcome.reports.map(\.epoch) == Array(1...epochs) && outcome.steps == 2 * epochs)
          weights = model.parameters.map(\.value)
        }
        return weights
      }
    }
    #expect(try await train([1, 2, 2, 4]) == train([4]))
  }
}
