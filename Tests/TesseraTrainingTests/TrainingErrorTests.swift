import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct TrainingErrorTests {
  private func fit(
    rate: Double = 0.001, _ data: any SegmentationDataset, steps: Int? = nil,
    validatingOn validation: DataLoader? = nil,
    loss: @escaping Trainer.Loss = { crossEntropy($0, $1) }
  ) async throws {
    let model = tinyNetwork()
    let loader = DataLoader(data, batchSize: 2, imageSize: 16, shuffles: false, steps: steps)
    let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(rate), loss: loss)
    try await trainer.fit(loader, validatingOn: validation, epochs: 3)
  }

  @Test func aLossThatIsNoNumberNamesStepAndRate() async {
    let error = await #expect(throws: TrainingError.self) { try await fit(rate: 1e30, tinyScenes(6)) }
    #expect(
      error?.description == "the loss became NaN in step 2: the learning rate 1e+30 is too high for this data; lower it"
    )
    #expect(error?.localizedDescription == error?.description)
  }

  @Test func anInfiniteLossIsAnErrorToo() async {
    let error = await #expect(throws: TrainingError.self) {
      try await fit(tinyScenes(2)) { logits, masks in
        let loss = crossEntropy(logits, masks)
        return PixelLoss(mean: loss.mean * .infinity, counted: loss.counted, correct: 0)
      }
    }
    #expect(error == .lossIsNotFinite(loss: .infinity, step: 1, learningRate: 0.001))
    #expect(
      error?.description
        == "the loss became infinite in step 1: the learning rate 0.001 is too high for this data; lower it")
  }

  @Test func aLossThatBreaksInTheLastStepShowsInValidation() async {
    let validation = DataLoader(tinyScenes(2), batchSize: 2, imageSize: 16)
    let error = await #expect(throws: TrainingError.self) {
      try await fit(rate: 1e30, tinyScenes(2), validatingOn: validation)
    }
    #expect(
      error?.description
        == "the validation loss became NaN after epoch 1: the learning rate is too high for this data; lower it")
  }

  private let labels = LabelSpace(names: (0..<10).map { "class \($0)" }, void: 255)

  @Test func aStepOfVoidChangesNothingAndEndsNothing() async throws {
    let data = FixedSamples([[255], [255], [0, 1], [2, 3]], labelSpace: labels)
    let model = tinyNetwork()
    let before = model.parameters.map(\.value)
    let recorder = Recorder()
    let loader = DataLoader(data, batchSize: 2, imageSize: 16, shuffles: false)
    func trainer(_ observers: [any TrainingObserver]) -> Trainer {
      Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.001), observers: observers)
    }
    let onlyVoid = DataLoader(data.prefix(2), batchSize: 2, imageSize: 16, shuffles: false)
    try await trainer([]).fit(onlyVoid, epochs: 2)
    #expect(model.parameters.map(\.value) == before)
    try await trainer([recorder]).fit(loader, epochs: 2)
    #expect(recorder.steps.map(\.step) == [2, 4])
    #expect(recorder.epochs.map(\.step) == [2, 4])
    #expect(model.parameters.map(\.value) != before)
  }

  @Test func nothingButVoidEndsTheRunAndNamesSamples() async {
    let data = FixedSamples([[255], [255]], labelSpace: labels)
    let error = await #expect(throws: TrainingError.self) { try await fit(data) }
    #expect(error == .nothingCounted(steps: 3, step: 3, samples: ["sample 0", "sample 1"]))
    #expect(
      error?.description
        == "every pixel of 3 steps in a row is void, the last in step 3 (sample 0, sample 1): "
        + "check the void value of the masks")
  }

  @Test func aRunThatEndedOverVoidEndsOverItAgain() async throws {
    let data = FixedSamples([[255], [255]], labelSpace: labels)
    let loader = DataLoader(data, batchSize: 2, imageSize: 16, shuffles: false)
    try await withTemporaryFolder { folder in
      for end in [3, 6, 9] {
        let model = tinyNetwork()
        let keeper = try CheckpointKeeper(in: folder, labelSpace: labels, imageSize: 16)
        let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.001), observers: [keeper])
        let snapshot = try RunCheckpoints.newest(in: folder).map {
          try TrainingSnapshot(contentsOf: $0.path, into: model)
        }
        let error = await #expect(throws: TrainingError.self) {
          try await trainer.fit(loader, epochs: 20, resuming: snapshot)
        }
        #expect(error == .nothingCounted(steps: 3, step: end, samples: ["sample 0", "sample 1"]))
      }
    }
  }
}
