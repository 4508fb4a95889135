import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraTraining

/// Steps that take less memory: batches in pieces, and blocks that are computed twice.
@Suite struct MicroBatchTests {
  private static let labels = LabelSpace(names: ["a", "b", "c"], void: 255)
  /// Seven pictures with all, no, few and half of their pixels counted.
  private static let samples = FixedSamples(
    [[0, 1, 2, 0], [255], [255, 255, 255, 255, 255, 255, 255, 2], [1, 255], [2, 2, 1], [255, 0, 0, 255], [1]],
    labelSpace: labels)

  /// What came of a run.
  private struct Run {
    let start: [Tensor]
    let model: any SegmentationModel
    let recorder: Recorder
    let outcome: TrainingOutcome
    var weights: [Tensor] { model.parameters.map(\.value) }
  }

  private static func network(_ name: String, seed: UInt64 = 1) -> any SegmentationModel {
    if name == "unet" { return tinyNetwork(classes: 3, width: 4, dropout: 0.3, seed: seed) }
    var configuration = SupervisedNet.Configuration(classes: 3)
    configuration.dropout = 0.3
    let network = configuration.makeNetwork(random: RandomStream(seed: seed))
    // As in inference, so that nothing looks at a whole batch.
    if name == "frozen" {
      for parameter in [network.norm.scale, network.norm.offset] { parameter.isTrainable = false }
    }
    return network
  }

  private static func train(
    _ memory: MemorySaving, of name: String = "unet", loss: SegmentationLoss = .crossEntropy, batches: Int = 1,
    batchSize: Int = 7, epochs: Int = 1, classWeights: Tensor? = nil
  ) async throws -> Run {
    let model = network(name)
    let start = model.parameters.map(\.value)
    let recorder = Recorder()
    let trainer = Trainer(
      model, optimizer: SGD(for: model), schedule: .constant(0.1),
      loss: { loss($0, $1, classWeights: classWeights) },
      step: TrainingStep(batches: batches, memory: memory), random: RandomStream(seed: 8), observers: [recorder])
    let loader = DataLoader(samples, batchSize: batchSize, imageSize: 16, shuffles: false, workers: 1)
    let outcome = try await trainer.fit(loader, validatingOn: loader, epochs: epochs)
    return Run(start: start, model: model, recorder: recorder, outcome: outcome)
  }

  /// The largest difference of two runs' weights, as a share of how far they moved.
  private static func difference(_ one: Run, _ other: Run) -> Float {
    let moves = zip(zip(one.weights, other.weights), one.start).map { pair, start in
      let difference = zip(pair.0.scalars, pair.1.scalars).map { abs($0 - $1) }.max() ?? 0
      return (difference, zip(pair.1.scalars, start.scalars).map { abs($0 - $1) }.max() ?? 0)
    }
    return (moves.map(\.0).max() ?? 0) / max(1e-30, moves.map(\.1).max() ?? 0)
  }

  /// Cross-entropy adds up; Dice, Lovasz and hard examples look at the whole batch.
  @Test(arguments: [
    ("unet", "cross-entropy", true), ("unet", "cross-entropy", false), ("unet", "dice", false),
    ("unet", "cross-entropy+0.5*lovasz", false), ("unet", "ohem", false), ("frozen", "cross-entropy", true),
    ("frozen", "dice", false),
  ])
  func piecesAreTheWholeBatch(network: String, loss: String, addsUp: Bool) async throws {
    let loss = try SegmentationLoss(parsing: loss)
    #expect(!addsUp || loss.addsUpOverBatches)
    let weights = Tensor([0.2, 3, 1])
    let whole = try await Self.train(MemorySaving(), of: network, loss: loss, classWeights: weights)
    for (pictures, recomputes) in [(1, false), (2, true), (3, false)] {
      let pieces = try await Self.train(
        MemorySaving(microBatch: .init(of: pictures, lossAddsUp: addsUp), recomputesBlocks: recomputes), of: network,
        loss: loss, classWeights: weights)
      let difference = Self.difference(pieces, whole)
      #expect(difference < 2e-5, "\(pictures) pictures: \(difference)")
      let (step, right) = (pieces.recorder.steps[0], whole.recorder.steps[0])
      #expect(step.images == 7 && pieces.recorder.steps.count == 1)
      #expect(abs(step.loss - right.loss) < 1e-5 && step.accuracy == right.accuracy)
      #expect(step.parts.keys == right.parts.keys)
      for (name, part) in step.parts { #expect(abs(part - (right.parts[name] ?? .nan)) < 1e-5) }
      let (report, rightReport) = (
        try #require(pieces.outcome.reports[0].validation), try #require(whole.outcome.reports[0].validation)
      )
      #expect(abs(try #require(report.loss) - (try #require(rightReport.loss))) < 1e-4)
      #expect(pieces.recorder.predictions == whole.recorder.predictions)
    }
  }

  /// A mean of the pieces' losses would be something else.
  @Test func aLossThatDoesNotAddUpIsNotTheSumOfItsPieces() async throws {
    let whole = try await Self.train(MemorySaving(), loss: .dice)
    let wrong = try await Self.train(MemorySaving(microBatch: .init(of: 2, lossAddsUp: true)), loss: .dice)
    #expect(Self.difference(wrong, whole) > 1e-2)
  }

  @Test func batchNormalizationSeesThePieces() async throws {
    func runningMean(_ run: Run) throws -> [Float] {
      try #require(run.model.namedParameters.first { $0.name == "norm.runningMean" }).parameter.value.scalars
    }
    let whole = try await Self.train(MemorySaving(), of: "supervised")
    let pieces = try await Self.train(
      MemorySaving(microBatch: .init(of: 3, lossAddsUp: true)), of: "supervised")
    #expect(Self.difference(pieces, whole) > 1e-3)
    // Each of the three pieces moves the statistics, as each of three batches does.
    let means = try zip(runningMean(pieces), runningMean(whole)).max { abs($0.1) < abs($1.1) }
    let (moved, once) = try #require(means)
    #expect(abs(moved / once - (1 - 0.99 * 0.99 * 0.99) / 0.01) < 0.3)
  }

  /// Batch normalization included.
  @Test(arguments: ["unet", "supervised"]) func recomputationChangesNoBit(network: String) async throws {
    for pieces in [nil, MemorySaving.MicroBatch(of: 2, lossAddsUp: true), MemorySaving.MicroBatch(of: 2)] {
      let kept = try await Self.train(
        MemorySaving(microBatch: pieces), of: network, batchSize: 4, epochs: 2)
      let again = try await Self.train(
        MemorySaving(microBatch: pieces, recomputesBlocks: true), of: network, batchSize: 4, epochs: 2)
      #expect(kept.weights == again.weights)
      #expect(kept.recorder.steps.map(\.loss) == again.recorder.steps.map(\.loss))
    }
  }

  /// Pieces within accumulated batches; the third batch counts nothing.
  @Test func accumulatedBatchesHavePieces() async throws {
    let whole = try await Self.train(MemorySaving(), batches: 2, batchSize: 4)
    for addsUp in [true, false] {
      let pieces = try await Self.train(
        MemorySaving(microBatch: .init(of: 3, lossAddsUp: addsUp)), batches: 2, batchSize: 4)
      #expect(Self.difference(pieces, whole) < 2e-5)
    }
  }

  @Test func aBatchOfVoidTeachesNothing() async throws {
    let void = FixedSamples([[255], [255]], labelSpace: Self.labels)
    for addsUp in [true, false] {
      let model = tinyNetwork(classes: 3, width: 4)
      let start = model.parameters.map(\.value)
      let recorder = Recorder()
      let trainer = Trainer(
        model, optimizer: SGD(for: model), schedule: .constant(0.1),
        step: TrainingStep(memory: MemorySaving(microBatch: .init(of: 1, lossAddsUp: addsUp))), observers: [recorder])
      try await trainer.fit(DataLoader(void, batchSize: 2, imageSize: 16), epochs: 1)
      #expect(model.parameters.map(\.value) == start && recorder.steps.isEmpty)
    }
  }

  /// A batch that is one piece is a whole batch, to the bit.
  @Test func onePieceIsTheBatch() async throws {
    let whole = try await Self.train(MemorySaving())
    let piece = try await Self.train(MemorySaving(microBatch: .init(of: 7)))
    #expect(whole.weights == piece.weights)
  }

  @Test func piecesAreAsEvenAsPossible() {
    #expect(MemorySaving.MicroBatch(of: 3).pieces(of: 7) == [0..<2, 2..<4, 4..<7])
    for (pictures, count) in [(1, 1), (2, 5), (4, 5), (3, 8), (16, 5), (5, 16)] {
      let pieces = MemorySaving.MicroBatch(of: pictures).pieces(of: count)
      #expect(pieces.flatMap(Array.init) == Array(0..<count))
      #expect(pieces.allSatisfy { !$0.isEmpty && $0.count <= pictures })
      #expect((pieces.map(\.count).max() ?? 0) - (pieces.map(\.count).min() ?? 0) <= 1)
    }
  }

  /// Ranks end with the bits of one process, whose batches have the same pieces.
  @Test(arguments: [true, false]) func ranksHavePieces(addsUp: Bool) async throws {
    @Sendable func train(as exchange: (any GradientExchange)?) async throws -> [Tensor] {
      let model = Self.network("supervised")
      let trainer = Trainer(
        model, optimizer: SGD(for: model, momentum: 0.9), schedule: .constant(0.1),
        step: TrainingStep(
          batches: 2,
          memory: MemorySaving(microBatch: .init(of: 2, lossAddsUp: addsUp), recomputesBlocks: exchange != nil)),
        random: RandomStream(seed: 8), exchange: exchange)
      let loader = DataLoader(Self.samples, batchSize: 3, imageSize: 16, shuffles: false, workers: 1)
      try await trainer.fit(loader, validatingOn: loader, epochs: 2)
      return model.parameters.map(\.value)
    }
    let alone = try await train(as: nil)
    for result in await asRanks(2, { try await train(as: $0) }) { #expect(try result.get() == alone) }
  }

  /// The second pass through a block asks no other rank, and still gets the moments of all.
  @Test func synchronizedBlocksAreRecomputed() async throws {
    @Sendable func train(_ exchange: any GradientExchange, recomputing: Bool) async throws -> [Tensor] {
      let model = try #require(
        NetworkCatalog.standard["fcn-mobilenetv2"]?.init(classes: 3).makeNetwork(random: RandomStream(seed: 2))
          as (any SegmentationModel)?)
      let trainer = Trainer(
        model, optimizer: SGD(for: model), schedule: .constant(0.01),
        step: TrainingStep(
          batches: 2, synchronizesBatchNorm: true, memory: MemorySaving(recomputesBlocks: recomputing)),
        random: RandomStream(seed: 8), exchange: exchange)
      let loader = DataLoader(Self.samples, batchSize: 2, imageSize: 16, shuffles: false, steps: 2, workers: 1)
      try await trainer.fit(loader, epochs: 1)
      return model.parameters.map(\.value)
    }
    let kept = await asRanks(2) { try await train($0, recomputing: false) }
    let again = await asRanks(2) { try await train($0, recomputing: true) }
    #expect(try again.map { try $0.get() } == kept.map { try $0.get() })
  }

  /// The memory of activations is that of a piece.
  @Test func oneStepKeepsOnePiece() {
    func peak(_ memory: MemorySaving) -> Int {
      let pool = BufferPool()
      return ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
        let model = tinyNetwork(classes: 3, width: 2)
        model.makeParameters()
        let trainer = Trainer(
          model, optimizer: SGD(for: model), schedule: .constant(0.1), step: TrainingStep(memory: memory))
        let images = Tensor(repeating: 1, shape: [8, 64, 64, 3])
        let masks = MaskBatch(
          indices: Array(repeating: 1, count: 8 * 64 * 64), count: 8, height: 64, width: 64, labelSpace: Self.labels)
        let batch = Batch(images: images, masks: masks, names: [])
        if let pieces = MicroBatches(
          batch, of: memory.microBatch, drawingFrom: RandomStream(seed: 1), by: trainer)
        {
          _ = pieces.train()
        } else {
          let tape = Tape()
          let loss = trainer.loss(of: model.trainingLogits(of: images, on: tape), masks)
          _ = tape.gradients(of: loss.mean)
        }
        return pool.statistics.peak
      }
    }
    let whole = peak(MemorySaving())
    let (summed, exact) = (
      peak(MemorySaving(microBatch: .init(of: 1, lossAddsUp: true))), peak(MemorySaving(microBatch: .init(of: 1)))
    )
    #expect(summed < whole / 3, "\(summed >> 10) of \(whole >> 10) KB")
    #expect(exact < whole / 2, "\(exact >> 10) of \(whole >> 10) KB")
  }
}
