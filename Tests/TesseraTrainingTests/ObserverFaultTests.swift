import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraDatasets
import TesseraImaging
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

/// What may end a run, and what may not.
@Suite struct ObserverFaultTests {
  private struct Fault: Error, CustomStringConvertible { let description: String }

  /// Throws wherever it is told something.
  private final class Failing: TrainingObserver {
    let isEssential: Bool
    init(isEssential: Bool) { self.isEssential = isEssential }

    private func fail(_ what: String) throws { throw Fault(description: "no \(what).") }
    func trainingStarts(_ plan: TrainingPlan) throws { try fail("start") }
    func stepEnded(_ report: StepReport) throws { try fail("step") }
    func lastStepFound(_ gradients: Gradients, of model: any SegmentationModel, step: Int) throws {
      try fail("gradients")
    }
    func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws { try fail("validation") }
    func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws { try fail("epoch") }
    func trainingInterrupted(step: Int) throws { try fail("interruption") }
    func trainingFailed(with error: any Error) throws { try fail("failure") }
    func trainingEnded(_ outcome: TrainingOutcome) throws { try fail("end") }
  }

  private final class Lines { var all: [String] = [] }

  private func train(
    _ observers: [any TrainingObserver], epochs: Int = 2, rate: Double = 0.001, warnings: Lines = Lines()
  ) async throws -> UNet {
    let model = tinyNetwork()
    let trainer = Trainer(
      model, optimizer: Adam(for: model), schedule: .constant(rate), observers: observers,
      warn: { warnings.all.append($0) })
    let loader = DataLoader(tinyScenes(6), batchSize: 2, imageSize: 16)
    try await trainer.fit(loader, validatingOn: loader, epochs: epochs)
    return model
  }

  private func keeper(
    in folder: String, savingEvery interval: Duration = .zero, on request: SaveRequest? = nil
  ) throws -> CheckpointKeeper {
    try CheckpointKeeper(
      in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16, savingEvery: interval, on: request)
  }

  @Test func whatTheRunCanDoWithoutIsWarnedOfOnceAndChangesNothing() async throws {
    let (recorder, warnings) = (Recorder(), Lines())
    let model = try await train([Failing(isEssential: false), recorder], warnings: warnings)
    #expect(recorder.events.last == "end 2" && recorder.steps.count == 6)
    #expect(warnings.all == ["no start; the run continues without it"])
    #expect(try await model.parameters.map(\.value) == train([]).parameters.map(\.value))
  }

  @Test func whatTheRunNeedsEndsIt() async throws {
    let warnings = Lines()
    let error = await #expect(throws: Fault.self) {
      _ = try await train([Failing(isEssential: true)], warnings: warnings)
    }
    #expect(error?.description == "no start." && warnings.all.isEmpty)
  }

  @Test func anEndHasOneReasonAndTellsTheRest() async throws {
    let (recorder, warnings) = (Recorder(), Lines())
    let reason = Fault(description: "the reason")
    recorder.onStep = { if $0.step == 2 { throw reason } }
    let error = await #expect(throws: Fault.self) {
      _ = try await train([Failing(isEssential: false), recorder], warnings: warnings)
    }
    #expect(error?.description == "the reason" && recorder.events.last == "failed: the reason")
    #expect(warnings.all == ["no start; the run continues without it", "no failure"])
  }

  @Test func anInterruptionStaysOneWhateverFails() async throws {
    let told = await Task {
      let (recorder, warnings) = (Recorder(), Lines())
      recorder.onStep = { if $0.step == 2 { withUnsafeCurrentTask { $0?.cancel() } } }
      var isInterruption = false
      do {
        _ = try await train([Failing(isEssential: false), recorder], warnings: warnings)
      } catch { isInterruption = error is CancellationError }
      #expect(isInterruption)
      return [recorder.events.last] + warnings.all
    }.value
    #expect(told == ["interrupted 2", "no start; the run continues without it", "no interruption"])
  }

  /// Puts folders in the way of files.
  private func block(_ paths: String...) throws {
    for path in paths {
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path + "/full", withIntermediateDirectories: true)
    }
  }

  @Test func aCheckpointThatCannotBeSavedIsTriedAgainUntilItCan() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try keeper(in: folder)
      let (recorder, warnings) = (Recorder(), Lines())
      recorder.onStep = { report in
        if report.step == 1 { try block(keeper.lastPath, keeper.previousPath) }
        if report.step == 5 { try FileManager.default.removeItem(atPath: keeper.lastPath) }
      }
      let model = try await train([recorder, keeper], warnings: warnings)
      // Once in each epoch, though every step was tried.
      #expect(warnings.all.count == 2)
      #expect(
        warnings.all.allSatisfy {
          $0.hasPrefix("\(keeper.lastPath): cannot be written: ")
            && $0.hasSuffix("; the run continues, and this will be tried again")
        })
      #expect(keeper.isSaved && keeper.savedStep == 6)
      let saved = try SegmentationCheckpoint(contentsOf: keeper.lastPath)
      #expect(saved.model.parameters.map(\.value) == model.parameters.map(\.value))
    }
  }

  @Test func aCheckpointThatCannotBeSavedAtTheEndIsAnError() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try keeper(in: folder)
      let recorder = Recorder()
      recorder.onStep = { if $0.step == 5 { try block(keeper.lastPath, keeper.previousPath) } }
      let warnings = Lines()
      let error = await #expect(throws: SafeTensorsError.self) {
        _ = try await train([recorder, keeper], warnings: warnings)
      }
      #expect(recorder.events.last == error.map { "failed: \($0)" })
      #expect(!keeper.isSaved && keeper.savedStep == 4)
      // What ends the run is no warning as well.
      #expect(warnings.all.count == 1 && warnings.all[0].hasSuffix("tried again"))
    }
  }

  @Test func theBestThatCannotBeWrittenLeavesTheStateAlone() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try keeper(in: folder)
      try block(keeper.bestPath)
      let warnings = Lines()
      _ = try await train([keeper], epochs: 3, warnings: warnings)
      #expect(try RunCheckpoints.newest(in: folder)?.path == keeper.lastPath)
      #expect(keeper.isSaved && warnings.all.first?.hasPrefix("\(keeper.bestPath): cannot be written: ") == true)
    }
  }

  @Test func aBetterEpochReplacesTheBestThatIsThere() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try keeper(in: folder)
      try keeper.epochEnded(epochReport(1, loss: 5), model: tinyNetwork(seed: 1))
      try FileManager.default.moveItem(atPath: keeper.bestPath, toPath: folder + "/kept")
      try block(keeper.bestPath)
      #expect(throws: (any Error).self) {
        try keeper.epochEnded(epochReport(2, loss: 1), model: tinyNetwork(seed: 2))
      }
      try FileManager.default.removeItem(atPath: keeper.bestPath)
      try keeper.epochEnded(epochReport(3, loss: 3), model: tinyNetwork(seed: 3))
      #expect(try SegmentationCheckpoint(contentsOf: keeper.bestPath).notes["epoch"] == "3")
    }
  }

  @Test func foldersThatAreRemovedAreMadeAgain() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try keeper(in: folder + "/run/checkpoints")
      let pictures = try PredictionPictures(in: folder + "/run/predictions", limit: 1)
      let metrics = try MetricsLog(path: folder + "/run/metrics.jsonl")
      let (recorder, warnings) = (Recorder(), Lines())
      recorder.onStep = { if $0.step == 4 { try FileManager.default.removeItem(atPath: folder + "/run") } }
      let model = try await train([metrics, pictures, recorder, keeper], warnings: warnings)
      #expect(warnings.all.isEmpty && pictures.written.count == 1)
      let other = tinyNetwork(seed: 9)
      let snapshot = try TrainingSnapshot(contentsOf: keeper.lastPath, into: other)
      #expect(snapshot.position.step == 6 && other.parameters.map(\.value) == model.parameters.map(\.value))
      // The state has the metrics' lines, those before the accident, too.
      let again = try MetricsLog(path: folder + "/run/metrics.jsonl")
      let trainer = Trainer(other, optimizer: Adam(for: other), schedule: .constant(0.001), observers: [again])
      try await trainer.fit(
        DataLoader(tinyScenes(6), batchSize: 2, imageSize: 16), epochs: 2, resuming: snapshot)
      #expect(try String(contentsOfFile: folder + "/run/metrics.jsonl", encoding: .utf8).count { $0 == "\n" } == 8)
    }
  }

  @Test func aRequestSavesAfterTheStep() async throws {
    try await withTemporaryFolder { folder in
      let request = SaveRequest()
      let keeper = try keeper(in: folder, savingEvery: .seconds(1000), on: request)
      let recorder = Recorder()
      var saved: [Int?] = []
      recorder.onStep = { report in
        saved.append(keeper.savedStep)
        if report.step == 2 { request.make() }
      }
      _ = try await train([recorder, keeper], epochs: 2)
      #expect(saved == [nil, nil, 2, 3, 3, 3])
    }
  }

  @Test func weightsThatAreNoNumbersReplaceNoCheckpoint() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try keeper(in: folder)
      let recorder = Recorder()
      let error = await #expect(throws: TrainingError.self) {
        // The first update makes numbers that are too large for a product, and the second some that are none.
        _ = try await train([recorder, keeper], rate: 1e30)
      }
      #expect(error?.leavesWeightsSound == false)
      if let saved = try RunCheckpoints.newest(in: folder) {
        let model = tinyNetwork(seed: 9)
        _ = try TrainingSnapshot(contentsOf: saved.path, into: model)
        #expect(model.parameters.allSatisfy { $0.value.scalars.allSatisfy(\.isFinite) })
      }
    }
  }
}
