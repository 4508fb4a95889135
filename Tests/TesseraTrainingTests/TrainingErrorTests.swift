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
    rate: Double = 0.001, _ data: any SegmentationDataset, steps: Int? = nil, validatingOn validation: DataLoader? = nil,
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
      error?.description == "the loss became NaN in step 2: the learning rate 1e+30 is too high for this data; lower it")
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
        == "the validation loss became NaN behind epoch 1: the learning rate is too high for this data; lower it")
  }

  @Test func aBatchOfVoidNamesItsSamples() async {
    let labels = LabelSpace(names: (0..<10).map { "class \($0)" }, void: 255)
    let data = FixedSamples([[0, 1], [2, 3], [255], [255]], labelSpace: labels)
    let error = await #expect(throws: TrainingError.self) { try await fit(data) }
    #expect(error == .nothingCounted(step: 2, samples: ["sample 2", "sample 3"]))
    #expect(
      error?.description
        == "every pixel of step 2's batch is void (sample 2, sample 3): check the void value of the masks")
  }
}
