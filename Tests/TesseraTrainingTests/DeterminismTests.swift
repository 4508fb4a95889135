import TesseraDatasets
import TesseraOptimizers
import TesseraNetworks
import TesseraScenes
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

/// A run is a function of its seed: not of threads, not of workers, not of what else the machine does.
@Suite struct DeterminismTests {
  private func weights(
    seed: UInt64 = 1, threads: Int = 1, workers: Int = 1, augmentation: Augmentation = .flip
  ) async throws -> [[UInt32]] {
    try await ComputeContext.$current.withValue(ComputeContext(threads: threads)) {
      let random = RandomStream(seed: seed)
      let model = UNet(.init(classes: 10, width: 4, dropout: 0.3), random: random)
      let loader = DataLoader(
        SyntheticScenes(count: 9, width: 32, height: 32, seed: 1), batchSize: 2, imageSize: 32,
        augmentation: augmentation, seed: seed, steps: 3, workers: workers)
      let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.001), random: random)
      try await trainer.fit(loader, epochs: 2)
      return model.parameters.map { $0.value.scalars.map(\.bitPattern) }
    }
  }

  @Test(arguments: [(2, 1), (3, 1), (1, 4), (2, 4)])
  func threadsAndWorkersDoNotChangeABit(threads: Int, workers: Int) async throws {
    let alone = try await weights()
    #expect(try await weights(threads: threads, workers: workers) == alone)
  }

  @Test func standardAugmentationDoesNotDependOnWorkersEither() async throws {
    let alone = try await weights(augmentation: .standard)
    #expect(try await weights(workers: 4, augmentation: .standard) == alone)
    #expect(try await weights(augmentation: .flip) != alone)
  }

  @Test func anotherSeedGivesAnotherRun() async throws {
    let first = try await weights(seed: 1)
    let second = try await weights(seed: 2)
    #expect(zip(first, second).allSatisfy { $0 != $1 })
  }

  @Test func dropoutDrawsFromTheTrainersStream() async throws {
    func weights(_ seed: UInt64) async throws -> [Tensor] {
      let model = tinyNetwork(dropout: 0.5)
      let loader = DataLoader(tinyScenes(4), batchSize: 2, imageSize: 16, steps: 2)
      let trainer = Trainer(
        model, optimizer: Adam(for: model), schedule: .constant(0.01), random: RandomStream(seed: seed))
      try await trainer.fit(loader, epochs: 1)
      return model.parameters.map(\.value)
    }
    let first = try await weights(1)
    #expect(try await weights(1) == first)
    #expect(try await weights(2) != first)
  }
}
