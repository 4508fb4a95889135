import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct TrainingStepTests {
  let labels = LabelSpace(names: ["a", "b", "c"], void: 255)
  /// Pictures with all, no, few and half of their pixels counted.
  var unevenlyVoid: FixedSamples {
    FixedSamples(
      [[0, 1, 2, 0], [255], [255, 255, 255, 255, 255, 255, 255, 2], [1, 255], [2, 2, 1], [255, 0, 0, 255]],
      labelSpace: labels)
  }

  private func train(
    batchSize: Int, step: (UNet) -> TrainingStep, classWeights: [Float]? = nil, epochs: Int = 1
  ) async throws -> (model: UNet, recorder: Recorder) {
    let model = tinyNetwork(classes: 3, width: 4)
    let recorder = Recorder()
    let weights = classWeights.map { Tensor($0) }
    let trainer = Trainer(
      model, optimizer: SGD(for: model), schedule: .constant(0.5),
      loss: { crossEntropy($0, $1, classWeights: weights) }, step: step(model), observers: [recorder])
    try await trainer.fit(
      DataLoader(unevenlyVoid, batchSize: batchSize, imageSize: 16, shuffles: false), epochs: epochs)
    return (model, recorder)
  }

  /// Six batches of one, one of which counts nothing, are one batch of six.
  @Test(arguments: [nil, [0.2, 3, 1]] as [[Float]?])
  func accumulationEqualsTheLargeBatch(classWeights: [Float]?) async throws {
    let large = try await train(batchSize: 6, step: { _ in TrainingStep() }, classWeights: classWeights)
    let start = tinyNetwork(classes: 3, width: 4)
    for (batchSize, batches) in [(1, 6), (2, 3), (3, 2), (4, 2)] {
      let small = try await train(
        batchSize: batchSize, step: { _ in TrainingStep(batches: batches) }, classWeights: classWeights)
      #expect(small.recorder.steps.count == 1 && small.recorder.steps[0].images == 6)
      #expect(abs(small.recorder.steps[0].loss - large.recorder.steps[0].loss) < 1e-5)
      #expect(small.recorder.steps[0].accuracy == large.recorder.steps[0].accuracy)
      for ((one, other), first) in zip(zip(small.model.parameters, large.model.parameters), start.parameters) {
        let moves = zip(other.value.scalars, first.value.scalars).map { abs($0 - $1) }.max() ?? 0
        let difference = zip(one.value.scalars, other.value.scalars).map { abs($0 - $1) }.max() ?? 0
        #expect(difference <= 1e-4 * moves + 1e-7)
      }
    }
  }

  /// The last step of a pass has fewer batches.
  @Test func aPassIsDividedIntoSteps() async throws {
    let run = try await train(batchSize: 1, step: { _ in TrainingStep(batches: 4) }, epochs: 2)
    #expect(run.recorder.steps.map(\.images) == [4, 2, 4, 2])
    #expect(run.recorder.plan?.stepsPerEpoch == 2)
  }

  @Test func clippingBoundsTheStep() async throws {
    let start = tinyNetwork(classes: 3, width: 4)
    func moves(_ step: TrainingStep) async throws -> [Float] {
      let model = try await train(batchSize: 6, step: { _ in step }).model
      return zip(model.parameters, start.parameters).flatMap { zip($0.value.scalars, $1.value.scalars).map { $0 - $1 } }
    }
    func norm(_ numbers: [Float]) -> Double { numbers.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
    let free = try await moves(TrainingStep())
    let byNorm = try await moves(TrainingStep(clipping: .norm(0.01)))
    let byValue = try await moves(TrainingStep(clipping: .value(0.001)))
    #expect(norm(free) > 0.05)
    #expect(abs(norm(byNorm) - 0.5 * 0.01) < 1e-4)
    #expect(free.contains { abs($0) > 0.01 } && byValue.allSatisfy { abs($0) < 0.5 * 0.001 + 1e-6 })
  }

  /// What is validated and kept as best is the average; what is trained on is not.
  @Test func averagedWeightsAreValidated() async throws {
    try await withTemporaryFolder { folder in
      let model = tinyNetwork(classes: 3, width: 4)
      let first = model.parameters.map(\.value)
      let average = WeightAverage(of: model, decay: 0.75)
      let keeper = try CheckpointKeeper(in: folder, labelSpace: labels, imageSize: 16)
      let trainer = Trainer(
        model, optimizer: SGD(for: model), schedule: .constant(0.5), step: TrainingStep(average: average),
        observers: [keeper])
      let loader = DataLoader(unevenlyVoid, batchSize: 6, imageSize: 16, shuffles: false)
      let outcome = try await trainer.fit(loader, validatingOn: loader, epochs: 1)
      let best = try SegmentationCheckpoint(contentsOf: keeper.bestPath)
      for ((start, end), kept) in zip(zip(first, model.parameters), best.model.parameters) {
        for ((from, to), mean) in zip(zip(start.scalars, end.value.scalars), kept.value.scalars) {
          #expect(abs(mean - (0.75 * from + 0.25 * to)) < 1e-5)
        }
      }
      let batch = Batch((0..<6).map(unevenlyVoid.sample(at:)))
      let loss = crossEntropy(best.model(Variable(best.model.normalization(batch.images))), batch.masks).mean.value.item
      #expect(abs(try #require(outcome.reports[0].validation?.loss) - loss) < 1e-5)
      let last = try SegmentationCheckpoint(contentsOf: keeper.lastPath)
      #expect(last.model.parameters.map(\.value) == model.parameters.map(\.value))
    }
  }
}
