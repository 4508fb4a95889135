import Foundation
import TesseraDatasets
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct InterruptionTests {
  /// Where the run is when it is cancelled.
  enum Moment: CaseIterable { case step, validation }

  /// Runs until `moment`, cancels the own task there, and returns what observers were told and which weights were
  /// saved.
  private func interrupted(at moment: Moment, in folder: String) async -> (events: [String], isSaved: Bool) {
    await Task {
      let model = tinyNetwork()
      let recorder = Recorder()
      func cancel() { withUnsafeCurrentTask { $0?.cancel() } }
      switch moment {
      case .step: recorder.onStep = { if $0.step == 2 { cancel() } }
      case .validation: recorder.onValidated = { cancel() }
      }
      let scenes = tinyScenes(6)
      let isCancelled: Bool
      do {
        let keeper = try CheckpointKeeper(in: folder, labelSpace: scenes.labelSpace, imageSize: 16)
        let trainer = Trainer(
          model, optimizer: Adam(for: model), schedule: .constant(0.001), observers: [recorder, keeper])
        let loader = DataLoader(scenes, batchSize: 2, imageSize: 16)
        try await trainer.fit(loader, validatingOn: loader, epochs: 3)
        isCancelled = false
      } catch { isCancelled = error is CancellationError }
      #expect(isCancelled)
      guard let saved = try? SegmentationCheckpoint(contentsOf: folder + "/last.safetensors") else {
        return (recorder.events, false)
      }
      #expect(saved.notes["interrupted"] == "true")
      #expect(saved.labelSpace == scenes.labelSpace && saved.imageSize == 16)
      return (recorder.events, saved.model.parameters.map(\.value) == model.parameters.map(\.value))
    }.value
  }

  /// The notes of the weights that are left behind when `error` is thrown in step 2; `nil` where none are.
  private func notes(after error: any Error) async throws -> [String: String]? {
    try await withTemporaryFolder { folder in
      let model = tinyNetwork()
      let scenes = tinyScenes(6)
      let recorder = Recorder()
      recorder.onStep = { if $0.step == 2 { throw error } }
      let keeper = try CheckpointKeeper(in: folder, labelSpace: scenes.labelSpace, imageSize: 16)
      let trainer = Trainer(
        model, optimizer: Adam(for: model), schedule: .constant(0.001), observers: [recorder, keeper])
      let loader = DataLoader(scenes, batchSize: 2, imageSize: 16)
      await #expect(throws: (any Error).self) { _ = try await trainer.fit(loader, epochs: 3) }
      return try? SegmentationCheckpoint(contentsOf: keeper.lastPath).notes
    }
  }

  @Test func anErrorThatIsNotTheWeightsFaultLosesNothing() async throws {
    #expect(try await notes(after: CocoaError(.fileReadCorruptFile)) == ["epoch": "0", "step": "2", "failed": "true"])
    let full = TrainingError.unwritable(path: "metrics.jsonl", reason: "No space left on device")
    #expect(try await notes(after: full) == ["epoch": "0", "step": "2", "failed": "true"])
  }

  @Test func brokenWeightsAreNotKept() async throws {
    let broken = TrainingError.lossIsNotFinite(loss: .nan, step: 2, learningRate: 1)
    #expect(try await notes(after: broken) == nil)
  }

  @Test func observersAreToldOfAnError() async throws {
    let model = tinyNetwork()
    let recorder = Recorder()
    let broken = TrainingError.lossIsNotFinite(loss: .infinity, step: 2, learningRate: 1)
    recorder.onStep = { if $0.step == 2 { throw broken } }
    let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.001), observers: [recorder])
    let loader = DataLoader(tinyScenes(6), batchSize: 2, imageSize: 16)
    await #expect(throws: broken) { _ = try await trainer.fit(loader, epochs: 3) }
    #expect(recorder.events == ["start", "step 1", "step 2", "failed: \(broken)"])
  }

  @Test func aRunThatIsCancelledInAStepKeepsItsWeights() async throws {
    try await withTemporaryFolder { folder in
      let (events, isSaved) = await interrupted(at: .step, in: folder)
      #expect(events == ["start", "step 1", "step 2", "interrupted 2"])
      #expect(isSaved)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files == ["last.safetensors"])
    }
  }

  @Test func aRunThatIsCancelledWhileItValidatesKeepsItsWeights() async throws {
    try await withTemporaryFolder { folder in
      let (events, isSaved) = await interrupted(at: .validation, in: folder)
      #expect(events == ["start", "step 1", "step 2", "step 3", "validated 0 of epoch 1", "interrupted 3"])
      #expect(isSaved)
    }
  }

  @Test func aRunThatIsCancelledBeforeItStartsEndsAtOnce() async {
    let events = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      let recorder = Recorder()
      let model = tinyNetwork()
      let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.001), observers: [recorder])
      _ = try? await trainer.fit(DataLoader(tinyScenes(2), batchSize: 2, imageSize: 16), epochs: 1)
      return recorder.events
    }.value
    #expect(events == ["start", "interrupted 0"])
  }
}
