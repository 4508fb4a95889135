import Foundation
import Synchronization
import TesseraAutograd
import TesseraCheckpoints
import TesseraDatasets
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

/// N ranks end with the bits of one process that accumulates N batches.
@Suite struct RankBitsTests {
  enum Kind: CaseIterable {
    case adam, adamW, nesterov, plain, rmsprop, clippedNorm, clippedValue, averaged, plateau, onePass, uneven, frozen
    case supervised, wide, whole, taught
  }

  /// What a run must end with.
  struct End: Equatable {
    let tensors: [String: [UInt32]]
    let metrics: [String]
    let validation: String
  }

  /// An optimizer of a user that cannot be divided.
  private final class SignDescent: Optimizer {
    private let model: UNet
    private var steps = 0

    init(for model: UNet) { self.model = model }

    func update(along gradients: Gradients, rate: Double) {
      steps += 1
      for parameter in model.parameters {
        guard let gradient = gradients[parameter] else { continue }
        parameter.value += gradient * Float(-rate / Double(steps))
      }
    }

    var state: [(name: String, tensor: Tensor)] { [("steps", Tensor(Float(steps)))] }
    func load(state: [(name: String, tensor: Tensor)]) { steps = Int(state[0].tensor.item) }
  }

  static let labels = LabelSpace(names: ["a", "b", "c"], void: 255)

  /// Pictures with all, no, few and half of their pixels counted.
  static let unevenlyVoid = FixedSamples(
    [[0, 1, 2, 0], [255], [255, 255, 255, 255, 255, 255, 255, 2], [1, 255], [2, 2, 1], [255, 0, 0, 255], [1]],
    labelSpace: labels)

  private static func model(_ kind: Kind) -> any SegmentationModel {
    let random = RandomStream(seed: 3)
    return switch kind {
    case .supervised, .frozen:
      {
        var configuration = SupervisedNet.Configuration(classes: 10)
        configuration.dropout = 0.2
        return configuration.makeNetwork(random: random)
      }()
    // Filters of more elements than one block has.
    case .wide: UNet(.init(classes: 10, width: 12, dropout: 0), random: random)
    case .uneven: UNet(.init(classes: 3, width: 2, dropout: 0.3), random: random)
    default: UNet(.init(classes: 10, width: 2, dropout: 0.3), random: random)
    }
  }

  private static func optimizer(_ kind: Kind, _ model: any SegmentationModel) -> any Optimizer {
    switch kind {
    case .adamW: AdamW(for: model, rules: ParameterRules(decaysBiases: false), weightDecay: 0.1)
    case .nesterov: SGD(for: model, .pyTorch, momentum: 0.9, isNesterov: true, weightDecay: 0.01)
    case .plain, .clippedNorm: SGD(for: model)
    case .rmsprop: RMSprop(for: model, .pyTorch, momentum: 0.5, isCentered: true)
    case .frozen: Adam(for: model, rules: ParameterRules([.frozen("norm"), .rate(0.1, "second")]))
    case .whole: (model as? UNet).map { SignDescent(for: $0) } ?? Adam(for: model)
    default: Adam(for: model)
    }
  }

  /// Trains as one rank, or alone, up to an epoch; from the checkpoint in the folder if there is one.
  ///
  /// - Parameter wrap: may put something around the optimizer.
  static func train(
    _ kind: Kind, batches: Int, epochs: Int = 2, in folder: String, as exchange: (any GradientExchange)? = nil,
    warning warn: ((String) -> Void)? = nil, wrapping wrap: (any Optimizer) -> any Optimizer = { $0 }
  ) async throws {
    let model = model(kind)
    let optimizer = wrap(optimizer(kind, model))
    let isLeader = exchange?.rank ?? 0 == 0
    let scenes: any SegmentationDataset = kind == .uneven ? unevenlyVoid : tinyScenes(13)
    let training = DataLoader(
      scenes, batchSize: kind == .uneven ? 1 : 2, imageSize: 16, augmentation: kind == .uneven ? .none : .standard,
      seed: 3, steps: kind == .onePass || kind == .uneven ? nil : 2 * batches, workers: 1)
    let validation = DataLoader(scenes, batchSize: 3, imageSize: 16, shuffles: false, workers: 1)
    let clipping: TrainingStep.Clipping? =
      switch kind {
      case .clippedNorm: .norm(0.1)
      case .clippedValue: .value(0.001)
      default: nil
      }
    let schedule: LearningRateSchedule =
      kind == .plateau
      ? .onPlateau(from: 0.01, factor: 0.5, patience: 0, threshold: .absolute(1), stepsPerEpoch: 2)
      : .cosine(from: 0.01, over: 12)
    let weights = kind == .uneven ? Tensor([0.2, 3, 1]) : nil
    let teaching =
      kind != .taught
      ? nil
      : Teaching(
        by: try Teacher(
          SegmentationCheckpoint(
            model: tinyNetwork(width: 3, seed: 9), labelSpace: scenes.labelSpace, imageSize: 16), named: "teacher",
          for: scenes.labelSpace, imageSize: 16)
      ) { SegmentationLoss.crossEntropy($0, $1, teacher: $2) }
    var observers: [any TrainingObserver] = []
    var snapshot: TrainingSnapshot?
    if isLeader {
      observers = [
        try MetricsLog(path: folder + "/metrics.jsonl"),
        try ValidationLog(path: folder + "/validation.jsonl", labelSpace: scenes.labelSpace),
        try CheckpointKeeper(in: folder, labelSpace: scenes.labelSpace, imageSize: 16, savingEvery: .zero),
      ]
      let newest = try RunCheckpoints.newest(in: folder)
      snapshot = try newest.map { try TrainingSnapshot(contentsOf: $0.path, into: model) }
    } else {
      // Whatever the others begin with, they get rank 0's.
      for parameter in model.parameters { parameter.value = Tensor(repeating: 7, shape: parameter.shape) }
    }
    let trainer = Trainer(
      model, optimizer: optimizer, schedule: schedule, loss: { crossEntropy($0, $1, classWeights: weights) },
      teaching: teaching,
      step: TrainingStep(
        batches: batches, clipping: clipping,
        average: kind == .averaged ? WeightAverage(of: model, decay: 0.9, warmsUp: true) : nil),
      random: RandomStream(seed: 3), observers: observers, exchange: exchange, warn: warn)
    try await trainer.fit(training, validatingOn: validation, epochs: epochs, resuming: snapshot)
  }

  static func end(of folder: String) throws -> End {
    var tensors: [String: [UInt32]] = [:]
    for name in ["last", "best"] {
      let file = try SafeTensors(contentsOf: "\(folder)/\(name).safetensors")
      for tensor in file.names where file.entries[tensor]?.type == .float32 {
        tensors["\(name) \(tensor)"] = try file.tensor(tensor).scalars.map(\.bitPattern)
      }
    }
    let metrics = try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
      String($0).replacing(/"(seconds|dataSeconds)":[^,}]*,?/, with: "").replacing(",}", with: "}")
    }
    return End(
      tensors: tensors, metrics: metrics,
      validation: try String(contentsOfFile: folder + "/validation.jsonl", encoding: .utf8))
  }

  /// Trains with so many ranks.
  ///
  /// - Parameter bucketLength: the elements of gradients that travel together at least.
  static func train(
    _ kind: Kind, batches: Int, epochs: Int = 2, in folder: String, ranks: Int, bucketing bucketLength: Int = 1 << 21
  ) async throws {
    let results = await asRanks(ranks) { exchange in
      let group = RankGroup(exchange, bucketing: bucketLength)
      try await train(kind, batches: batches, epochs: epochs, in: folder, as: group)
    }
    for result in results { try result.get() }
  }

  /// In one bucket, in a few, and in one for each parameter, more than may be underway at a time.
  @Test(arguments: Kind.allCases) func ranksHaveTheBitsOfOneProcess(kind: Kind) async throws {
    for (ranks, batches, bucketLength) in [(2, 2, 1 << 21), (3, 3, 1), (4, 4, 500), (2, 4, 500)] {
      let alone = try await withTemporaryFolder { folder in
        try await Self.train(kind, batches: batches, in: folder)
        return try Self.end(of: folder)
      }
      let together = try await withTemporaryFolder { folder in
        try await Self.train(kind, batches: batches, in: folder, ranks: ranks, bucketing: bucketLength)
        return try Self.end(of: folder)
      }
      let differing = Set(alone.tensors.keys).union(together.tensors.keys).filter {
        alone.tensors[$0] != together.tensors[$0]
      }
      #expect(differing.isEmpty, "\(ranks) ranks, \(batches) batches: \(differing.sorted().prefix(5))")
      #expect(alone.metrics == together.metrics && !alone.metrics.isEmpty, "\(ranks) ranks, \(batches) batches")
      #expect(alone.validation == together.validation)
    }
  }

  /// Whoever wrote a checkpoint, any number of ranks that divides its batches goes on from it.
  @Test func anyNumberOfRanksResumes() async throws {
    for kind in [Kind.adam, .averaged, .supervised] {
      let whole = try await withTemporaryFolder { folder in
        try await Self.train(kind, batches: 4, epochs: 4, in: folder)
        return try Self.end(of: folder)
      }
      try await withTemporaryFolder { folder in
        try await Self.train(kind, batches: 4, epochs: 1, in: folder, ranks: 4)
        try await Self.train(kind, batches: 4, epochs: 2, in: folder, ranks: 2)
        try await Self.train(kind, batches: 4, epochs: 3, in: folder)
        try await Self.train(kind, batches: 4, epochs: 4, in: folder, ranks: 4)
        #expect(try Self.end(of: folder) == whole)
      }
    }
  }

  /// Where a source makes all batches, each rank takes its own.
  @Test func ranksShareAnySource() async throws {
    let scenes = tinyScenes(5)
    let batches = (0..<5).map { Batch([scenes.sample(at: $0)]) }
    @Sendable func weights(_ exchange: LocalExchange?) async throws -> [Tensor] {
      let model = tinyNetwork()
      let trainer = Trainer(
        model, optimizer: Adam(for: model), schedule: .constant(0.01), step: TrainingStep(batches: 2),
        exchange: exchange)
      try await trainer.fit(batches, validatingOn: batches, epochs: 2)
      return model.parameters.map(\.value)
    }
    let alone = try await weights(nil)
    for result in await asRanks(2, weights) { #expect(try result.get() == alone) }
  }

  /// Nobody reads what others train on.
  @Test func ranksReadOnlyTheirOwnSamples() async throws {
    let read = Mutex([Int: Set<Int>]())
    struct Watched: SegmentationDataset {
      let base = tinyScenes(8)
      let watch: @Sendable (Int) -> Void
      var labelSpace: LabelSpace { base.labelSpace }
      var count: Int { base.count }
      func sample(at index: Int) -> Sample { base.sample(at: index) }
      func sample(at index: Int, width: Int, height: Int) -> Sample {
        watch(index)
        return base.sample(at: index, width: width, height: height)
      }
    }
    let results = await asRanks(2) { exchange in
      let watched = Watched { index in read.withLock { _ = $0[exchange.rank, default: []].insert(index) } }
      let model = tinyNetwork()
      let trainer = Trainer(
        model, optimizer: Adam(for: model), schedule: .constant(0.01), step: TrainingStep(batches: 2),
        exchange: exchange)
      let loader = DataLoader(watched, batchSize: 2, imageSize: 16, shuffles: false)
      try await trainer.fit(loader, validatingOn: loader, epochs: 1)
    }
    for result in results { try result.get() }
    #expect(read.withLock { $0 } == [0: [0, 1, 4, 5], 1: [2, 3, 6, 7]])
  }
}
