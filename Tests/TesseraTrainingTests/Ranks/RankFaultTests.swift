import Foundation
import Synchronization
import TesseraAutograd
import TesseraCheckpoints
import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraOptimizers
import TesseraScenes
import TesseraSegmentation
import TesseraTensors
import Testing

@testable import TesseraTraining

/// What goes wrong on one rank ends all of them, with its reason.
@Suite struct RankFaultTests {
  /// A data set of which one sample cannot be read.
  private struct Damaged: SegmentationDataset {
    struct Fault: Error, CustomStringConvertible { let description = "photo.jpg is damaged" }
    let base: SyntheticScenes
    let index: Int

    var labelSpace: LabelSpace { base.labelSpace }
    var count: Int { base.count }
    func sample(at index: Int) throws -> Sample {
      if index == self.index { throw Fault() }
      return base.sample(at: index)
    }
    func sample(at index: Int, width: Int, height: Int) throws -> Sample {
      if index == self.index { throw Fault() }
      return base.sample(at: index, width: width, height: height)
    }
  }

  private func train(
    as exchange: LocalExchange, batches: Int = 2, seed: UInt64 = 3, rate: Double = 0.01, damaging index: Int = -1,
    loss: @escaping Trainer.Loss = { crossEntropy($0, $1) }, limits: TrainingLimits = TrainingLimits(),
    observers: [any TrainingObserver] = [], epochs: Int = 2
  ) async throws -> TrainingOutcome {
    let model = tinyNetwork()
    let trainer = Trainer(
      model, optimizer: Adam(for: model), schedule: .constant(rate), loss: loss, step: TrainingStep(batches: batches),
      limits: limits, random: RandomStream(seed: seed), observers: observers, exchange: exchange)
    let loader = DataLoader(
      Damaged(base: tinyScenes(8), index: index), batchSize: 1, imageSize: 16, shuffles: false, workers: 1, prefetch: 1)
    return try await trainer.fit(loader, epochs: epochs)
  }

  private func errors(_ results: [Result<TrainingOutcome, any Error>]) -> [String] {
    results.map { result in if case .failure(let error) = result { "\(error)" } else { "none" } }
  }

  @Test func aSampleThatOneRankCannotRead() async {
    // Samples 0, 2, 4, ... are those of rank 0.
    let results = await asRanks(2) { try await train(as: $0, damaging: 5) }
    #expect(errors(results) == ["rank 1: photo.jpg is damaged", "photo.jpg is damaged"])
  }

  /// Counts the states that it could have saved between two steps.
  private final class Saving: TrainingObserver, Sendable {
    let steps = Mutex<[Int]>([])
    func canSave(at moment: TrainingMoment, _ snapshot: () throws -> TrainingSnapshot) throws {
      let step = try snapshot().position.step
      if moment == .step { steps.withLock { $0.append(step) } }
    }
  }

  /// Rank 0 asks for the state of a step when rank 1 has already failed in the next, and gets it.
  @Test func rank0SavesBeforeItHearsOfAFault() async {
    let saving = Saving()
    let results = await asRanks(2) { try await train(as: $0, damaging: 5, observers: [saving]) }
    #expect(errors(results) == ["rank 1: photo.jpg is damaged", "photo.jpg is damaged"])
    #expect(saving.steps.withLock { $0 } == [1, 2])
  }

  /// On rank 0's clock only.
  @Test(arguments: [true, false]) func theTimeIsUp(saves: Bool) async throws {
    let outcomes = try await asRanks(2) { exchange in
      try await train(
        as: exchange, limits: TrainingLimits(time: exchange.rank == 0 ? .zero : .seconds(1000)),
        observers: saves ? [Saving()] : [])
    }.map { try $0.get() }
    for outcome in outcomes { #expect(outcome.ending == .outOfTime(step: 1) && outcome.steps == 1) }
  }

  @Test func aLossThatIsNotFiniteOnOneRank() async throws {
    let results = await asRanks(3) { exchange in
      let steps = Atomic(0)
      return try await train(
        as: exchange, batches: 3,
        loss: { logits, masks in
          let step = steps.add(1, ordering: .relaxed).newValue
          let loss = crossEntropy(logits, masks)
          return step == 2 && exchange.rank == 1
            ? PixelLoss(mean: loss.mean * .infinity, counted: loss.counted, correct: loss.correct) : loss
        })
    }
    let message = "the loss became infinite in step 2: the learning rate 0.01 is too high for this data; lower it"
    #expect(errors(results) == [message, message, message])
  }

  @Test func differentTrainersAreRefused() async {
    let results = await asRanks(2) { try await train(as: $0, seed: $0.rank == 1 ? 4 : 3) }
    for error in errors(results) {
      #expect(error.hasPrefix("rank 1 cannot work with rank 0: its random stream: "), "\(error)")
    }
  }

  @Test func batchesThatCannotBeDividedAreRefused() async {
    let results = await asRanks(2) { try await train(as: $0, batches: 3) }
    let message =
      "3 batches per step cannot be divided among 2 ranks; the batches must be a multiple of the ranks"
    #expect(errors(results) == [message, message])
  }

  /// Fails where it is told to.
  private final class Failing: TrainingObserver {
    struct Fault: Error, CustomStringConvertible { let description = "the disk is full" }
    private let moment: String
    init(at moment: String) { self.moment = moment }

    private func check(_ moment: String) throws { if moment == self.moment { throw Fault() } }
    func trainingStarts(_ plan: TrainingPlan) throws { try check("start") }
    func stepEnded(_ report: StepReport) throws { try check("step") }
    func lastStepFound(_ gradients: Gradients, of model: any SegmentationModel, step: Int) throws { try check("last") }
    func epochEnded(_ report: EpochReport, model: any SegmentationModel) throws { try check("epoch") }
    func canSave(at moment: TrainingMoment, _ snapshot: () throws -> TrainingSnapshot) throws {
      _ = try snapshot()
      try check("save")
    }
    func trainingEnded(_ outcome: TrainingOutcome) throws { try check("end") }
  }

  @Test(arguments: ["start", "step", "last", "epoch", "save", "end"])
  func anObserverOfRank0(moment: String) async {
    let results = await asRanks(3) {
      try await train(as: $0, batches: 3, observers: $0.rank == 0 ? [Failing(at: moment)] : [])
    }
    #expect(errors(results) == ["the disk is full", "rank 0: the disk is full", "rank 0: the disk is full"])
  }

  /// Whichever rank is asked to stop, all do, after the same step, and rank 0 saves.
  @Test func oneRankIsCancelled() async throws {
    try await withTemporaryFolder { folder in
      let results = await asRanks(2) { exchange in
        let labels = tinyScenes(1).labelSpace
        let keeper = exchange.rank == 0 ? [try CheckpointKeeper(in: folder, labelSpace: labels, imageSize: 16)] : []
        return try await train(
          as: exchange,
          loss: { logits, masks in
            if exchange.rank == 1 { withUnsafeCurrentTask { $0?.cancel() } }
            return crossEntropy(logits, masks)
          }, observers: keeper, epochs: 1000)
      }
      for result in results {
        #expect(throws: CancellationError.self) { try result.get() }
      }
      let checkpoint = try SegmentationCheckpoint(contentsOf: RunCheckpoints.last(in: folder))
      #expect(checkpoint.notes["interrupted"] == "true" && checkpoint.notes["step"] == "1")
    }
  }

  /// Asks its task to stop between two epochs.
  private final class Cancelling: TrainingObserver {
    func epochEnded(_ report: EpochReport, model: any SegmentationModel) {
      withUnsafeCurrentTask { $0?.cancel() }
    }
  }

  @Test func rank0IsCancelledBetweenTwoEpochs() async throws {
    try await withTemporaryFolder { folder in
      let results = await asRanks(2) { exchange in
        let labels = tinyScenes(1).labelSpace
        let keeper = try CheckpointKeeper(in: folder, labelSpace: labels, imageSize: 16)
        return try await train(as: exchange, observers: [Cancelling(), keeper], epochs: 1000)
      }
      for result in results {
        #expect(throws: CancellationError.self) { try result.get() }
      }
      let checkpoint = try SegmentationCheckpoint(contentsOf: RunCheckpoints.last(in: folder))
      #expect(checkpoint.notes["interrupted"] == "true" && checkpoint.notes["step"] == "4")
    }
  }

  /// Nothing is waited for any longer, and nothing saved: parts of the state are gone.
  @Test func anExchangeThatBreaksEndsAllRanks() async {
    struct Lost: Error, CustomStringConvertible { let description = "rank 1 is lost" }
    let results = await asRanks(3) { exchange in
      let steps = Atomic(0)
      return try await train(
        as: exchange, batches: 3,
        loss: { logits, masks in
          let step = steps.add(1, ordering: .relaxed).newValue
          if step == 3 && exchange.rank == 1 { exchange.breakDown(Lost()) }
          return crossEntropy(logits, masks)
        })
    }
    #expect(errors(results) == ["rank 1 is lost", "rank 1 is lost", "rank 1 is lost"])
  }

  @Test func messagesAreOfAnyLength() async throws {
    let results = await asRanks(3) { exchange in
      let group = RankGroup(exchange)
      let lengths = [[0, 5000, 3], [2040, 2041, 100_000]]
      return try lengths.map { lengths in
        try group.messages([UInt8](repeating: UInt8(exchange.rank), count: lengths[exchange.rank]))
      }
    }
    let expected = [[0, 5000, 3], [2040, 2041, 100_000]].map { lengths in
      lengths.enumerated().map { [UInt8](repeating: UInt8($0), count: $1) }
    }
    for result in results { #expect(try result.get() == expected) }
  }
}
