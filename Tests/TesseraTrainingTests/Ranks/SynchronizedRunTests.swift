import Foundation
import Synchronization
import TesseraAutograd
import TesseraDatasets
import TesseraKernels
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import Testing

@testable import TesseraTraining

/// Runs whose ranks synchronize batch normalization.
@Suite struct SynchronizedRunTests {
  private static func network() -> SupervisedNet {
    SupervisedNet.Configuration(classes: 3).makeNetwork(random: RandomStream(seed: 3))
  }

  /// Trains on pictures of which some are void, with class weights.
  ///
  /// - Returns: weights and statistics.
  @Sendable private static func train(
    as exchange: (any GradientExchange)?, pictures: Int, batches: Int, threads: Int = 1,
    epochs: Int = 2, loss: Trainer.Loss? = nil
  ) async throws -> [Tensor] {
    let model = network()
    let weights = Tensor([0.2, 3, 1])
    let trainer = Trainer(
      model, optimizer: SGD(for: model, momentum: 0.9), schedule: .constant(0.02),
      loss: loss ?? { crossEntropy($0, $1, classWeights: weights) },
      step: TrainingStep(batches: batches, synchronizesBatchNorm: exchange != nil), random: RandomStream(seed: 3),
      exchange: exchange)
    let loader = DataLoader(
      RankBitsTests.unevenlyVoid, batchSize: pictures, imageSize: 16, augmentation: .flip, seed: 3, workers: 1)
    try await ComputeContext.$current.withValue(ComputeContext(threads: threads)) {
      _ = try await trainer.fit(loader, epochs: epochs)
    }
    return model.parameters.map(\.value)
  }

  /// Seven pictures: with one on each rank, the last steps have fewer batches than ranks, and some have nothing to
  /// learn.
  @Test(arguments: [2, 3]) func ranksLearnWhatTheJoinedBatchTeaches(ranks: Int) async throws {
    let joined = try await Self.train(as: nil, pictures: ranks, batches: 1)
    let results = try await asRanks(ranks) { try await Self.train(as: $0, pictures: 1, batches: ranks) }
      .map { try $0.get() }
    for (one, right) in zip(results[0], joined) {
      let error = zip(one.scalars, right.scalars).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
      #expect(error < 2e-4, "\(error) in \(right.shape)")
    }
    // Running statistics are among them.
    for other in results { #expect(other == results[0]) }
    // Without synchronization it is something else.
    let apart = try await Self.train(as: nil, pictures: 1, batches: ranks)
    #expect(zip(apart, joined).contains { zip($0.scalars, $1.scalars).contains { abs($0 - $1) > 1e-2 } })
  }

  @Test func threadsAndBucketsChangeNoBit() async throws {
    let right = try await asRanks(2) { try await Self.train(as: $0, pictures: 2, batches: 2) }[0].get()
    for result in await asRanks(
      2,
      { exchange in
        try await Self.train(
          as: RankGroup(exchange, bucketing: 50), pictures: 2, batches: 2, threads: exchange.rank + 2)
      })
    { #expect(try result.get() == right) }
  }

  @Test func whatCannotBeSynchronizedIsRefused() async throws {
    func error(_ ranks: Int, batches: Int) async -> String {
      let results = await asRanks(ranks) { try await Self.train(as: $0, pictures: 1, batches: batches) }
      if case .failure(let error) = results[0] { return "\(error)" }
      return "none"
    }
    #expect(
      await error(1, batches: 1)
        == "batch normalization is synchronized among several ranks, and this process is alone; "
        + "start it with mpirun -n 2 or more, or choose a larger batch instead")
    let other = "synchronized batch normalization takes one batch from each rank, and a step has 4 batches for "
    #expect(await error(1, batches: 4) == other + "1 rank; start 4 ranks, without accumulation")
    #expect(await error(2, batches: 4) == other + "2 ranks; start 4 ranks, without accumulation")
    let plain = await asRanks(2) { exchange in
      let model = tinyNetwork()
      let trainer = Trainer(
        model, optimizer: Adam(for: model), schedule: .constant(0.01),
        step: TrainingStep(batches: 2, synchronizesBatchNorm: true), exchange: exchange)
      try await trainer.fit(DataLoader(tinyScenes(2), batchSize: 1, imageSize: 16), epochs: 1)
    }
    #expect(throws: RankError.nothingToSynchronize) { try plain[1].get() }
  }

  /// An exchange that breaks within a pass, where nothing can be thrown, ends all ranks.
  @Test func anExchangeThatBreaksInAPassEndsAllRanks() async {
    struct Lost: Error, CustomStringConvertible { let description = "rank 1 is lost" }
    let results = await asRanks(2) { exchange in
      let steps = Atomic(0)
      return try await Self.train(
        as: exchange, pictures: 2, batches: 2,
        loss: { logits, masks in
          // Each batch has three losses; the backward pass follows.
          if steps.add(1, ordering: .relaxed).newValue == 6 { exchange.breakDown(Lost()) }
          return crossEntropy(logits, masks)
        })
    }
    for result in results {
      guard case .failure(let error) = result else {
        Issue.record("a rank went on")
        continue
      }
      #expect("\(error)" == "rank 1 is lost")
    }
  }
}
