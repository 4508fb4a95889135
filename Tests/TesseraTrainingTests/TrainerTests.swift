import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct TrainerTests {
  let labels = LabelSpace(names: ["a", "b", "c"], void: 255)

  private func trainer(
    _ model: UNet, rate: Double = 0.001, metricSpace: LabelSpace? = nil, _ observers: any TrainingObserver...
  ) -> Trainer {
    Trainer(
      model, optimizer: SGD(for: model), schedule: .constant(rate), metricSpace: metricSpace, observers: observers)
  }

  @Test func observersAreCalledInOrder() async throws {
    let (first, second) = (Recorder(), Recorder())
    let model = tinyNetwork()
    let training = DataLoader(tinyScenes(4), batchSize: 2, imageSize: 16, steps: 2)
    let validation = DataLoader(tinyScenes(3), batchSize: 2, imageSize: 16)
    let reports = try await trainer(model, first, second).fit(training, validatingOn: validation, epochs: 2).reports
    #expect(
      first.events == [
        "start", "step 1", "step 2", "validated 0 of epoch 1", "validated 1 of epoch 1", "epoch 1", "step 3", "step 4",
        "validated 0 of epoch 2", "validated 1 of epoch 2", "epoch 2", "end 2",
      ])
    #expect(second.events == first.events)
    #expect(reports.map(\.epoch) == [1, 2])
    #expect(reports.map(\.step) == [2, 4])
    let plan = try #require(first.plan)
    #expect([plan.epochs, plan.stepsPerEpoch] == [2, 2])
  }

  /// The pictures are all class 2, which is output 1: the network learns it, and says so in classes.
  @Test func aNetworkWithoutAnOutputForVoidIsTrainedAndMeasuredByClasses() async throws {
    let labels = LabelSpace(names: ["void", "a", "b"], void: 0).withoutVoidOutput
    let data = DataLoader(FixedSamples([[2, 2, 0, 2]], labelSpace: labels), batchSize: 1, imageSize: 16)
    let (recorder, model) = (Recorder(), tinyNetwork(classes: labels.outputCount))
    let reports = try await trainer(model, rate: 0.1, recorder).fit(data, validatingOn: data, epochs: 5).reports
    let last = try #require(reports.last?.validation)
    #expect(Set(recorder.predictions.last ?? []) == [2])
    #expect(last.accuracy == 1 && last.metrics.classes.map(\.right) == [0, 192])
  }

  @Test func stepsAreCountedFromOneAndCarryTheirRate() async throws {
    let recorder = Recorder()
    let model = tinyNetwork()
    let training = DataLoader(tinyScenes(5), batchSize: 2, imageSize: 16)
    let trainer = Trainer(
      model, optimizer: SGD(for: model), schedule: LearningRateSchedule { 0.001 * Double($0 + 1) },
      observers: [recorder])
    try await trainer.fit(training, epochs: 2)
    #expect(recorder.steps.map(\.step) == [1, 2, 3, 4, 5, 6])
    #expect(recorder.steps.map(\.stepInEpoch) == [1, 2, 3, 1, 2, 3])
    #expect(recorder.steps.map(\.epoch) == [1, 1, 1, 2, 2, 2])
    #expect(recorder.steps.map(\.images) == [2, 2, 1, 2, 2, 1])
    #expect(recorder.steps.map(\.learningRate) == (1...6).map { 0.001 * Double($0) })
    #expect(recorder.steps.allSatisfy { $0.seconds >= $0.dataSeconds && $0.dataSeconds >= 0 && $0.seconds > 0 })
    #expect(recorder.epochs.allSatisfy { $0.validation == nil })
  }

  /// Batches with few counted pixels weigh little: sums are divided once.
  @Test func epochFiguresAreMeansOverCountedPixels() async throws {
    let data = FixedSamples(
      [[0, 1, 2, 0], [1, 1, 2, 2], [255, 255, 255, 0], [255, 255, 1, 255], [2, 2, 2, 2]], labelSpace: labels)
    let model = tinyNetwork(classes: 3, width: 4)
    // Confident guesses, so that the batches' losses lie far apart.
    model.classifier.bias?.value = Tensor([0.5, 2, -3])
    var expected = (loss: 0.0, right: 0, counted: 0)
    for batch in [[0, 1], [2, 3], [4]] {
      let samples = batch.map(data.sample(at:))
      let images = Tensor(
        samples.flatMap(\.image.tensor.scalars), shape: [samples.count, 16, 16, 3])
      let loss = crossEntropy(model(Variable(model.normalization(images))), MaskBatch(samples.map(\.mask)))
      expected.loss += Double(loss.mean.value.item) * Double(loss.counted)
      expected.right += loss.correct
      expected.counted += loss.counted
    }
    #expect(expected.counted == 256 + 256 + 64 + 64 + 256)
    // A rate of 0 leaves the weights as they are.
    let loader = DataLoader(data, batchSize: 2, imageSize: 16, shuffles: false)
    let recorder = Recorder()
    let report = try #require(
      try await trainer(model, rate: 0, recorder).fit(loader, validatingOn: loader, epochs: 1).reports.first)
    let mean = Float(expected.loss / Double(expected.counted))
    let share = Float(expected.right) / Float(expected.counted)
    #expect(abs(report.loss - mean) < 1e-5 * mean)
    #expect(report.accuracy == share)
    let validation = try #require(report.validation)
    #expect(abs(try #require(validation.loss) - mean) < 1e-5 * mean)
    #expect(validation.accuracy == share)
    #expect(Float(validation.metrics.pixelAccuracy) == share)
    #expect(validation.metrics.classes.reduce(0) { $0 + $1.pixels } == expected.counted)
    // Three batches of different weight: their own mean is another number.
    let batches = recorder.steps.map(\.loss)
    #expect(abs(batches.reduce(0, +) / 3 - mean) > 0.05)
  }

  @Test func officialMetricsMayLeaveVoidOutOfARunThatCountsIt() async throws {
    let counting = LabelSpace(names: ["other", "b", "c"], void: nil)
    let data = FixedSamples([[0, 0, 1, 2]], labelSpace: counting)
    let loader = DataLoader(data, batchSize: 1, imageSize: 16)
    let official = LabelSpace(names: ["other", "b", "c"], void: 0)
    let report = try #require(
      try await trainer(tinyNetwork(classes: 3), metricSpace: official).fit(loader, validatingOn: loader, epochs: 1)
        .reports.first?.validation)
    #expect(report.metrics.classes.map(\.index) == [1, 2])
    #expect(report.metrics.classes.map(\.pixels) == [64, 64])
  }

  @Test func predictionsAreTheLargestLogitsOfEachPixel() async throws {
    let data = FixedSamples([[0, 1], [2, 2]], labelSpace: labels)
    let loader = DataLoader(data, batchSize: 2, imageSize: 16, shuffles: false)
    let recorder = Recorder()
    let model = tinyNetwork(classes: 3)
    try await trainer(model, recorder).fit(loader, validatingOn: loader, epochs: 1)
    let images = Tensor(data.samples.flatMap(\.image.tensor.scalars), shape: [2, 16, 16, 3])
    let logits = model(Variable(model.normalization(images))).value.scalars
    let expected = stride(from: 0, to: logits.count, by: 3).map { start in
      Int32((0..<3).max { logits[start + $0] < logits[start + $1] } ?? 0)
    }
    #expect(recorder.predictions == [expected])
  }

  @Test func errorsOfObserversEndTheRun() async throws {
    struct Full: Error {}
    let recorder = Recorder()
    recorder.onStep = { if $0.step == 2 { throw Full() } }
    let loader = DataLoader(tinyScenes(4), batchSize: 1, imageSize: 16)
    await #expect(throws: Full.self) { try await trainer(tinyNetwork(), recorder).fit(loader, epochs: 3) }
    #expect(recorder.events == ["start", "step 1", "step 2", "failed: Full()"])
  }
}
