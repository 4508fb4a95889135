import TesseraDatasets
import TesseraImaging
import TesseraScenes
import TesseraTensors
import Testing

@Suite struct DataLoaderTests {
  private func batches(_ epoch: DataLoader.Epoch) async throws -> [Batch] {
    var batches: [Batch] = []
    for try await batch in epoch { batches.append(batch) }
    return batches
  }

  private func names(_ epoch: DataLoader.Epoch) async throws -> [String] {
    try await batches(epoch).flatMap(\.names)
  }

  @Test(arguments: Augmentation.allCases)
  func theNumberOfWorkersDoesNotChangeABit(_ augmentation: Augmentation) async throws {
    var runs: [[Batch]] = []
    for (workers, prefetch) in [(1, 1), (2, 4), (4, 2), (7, 9)] {
      let loader = DataLoader(
        SyntheticScenes(count: 11), batchSize: 3, imageSize: ImageSize(width: 40, height: 24),
        augmentation: augmentation, seed: 8, steps: 6, workers: workers, prefetch: prefetch)
      runs.append(try await batches(loader.epoch(2)))
    }
    for run in runs.dropFirst() {
      #expect(run.map(\.names) == runs[0].map(\.names))
      #expect(run.map(\.images) == runs[0].map(\.images))
      #expect(run.map(\.masks) == runs[0].map(\.masks))
    }
  }

  @Test func aBatchHoldsRGBFrom0To255InItsShape() async throws {
    let dataset = CountingDataset(count: 4)
    let loader = DataLoader(
      dataset, batchSize: 2, imageSize: ImageSize(width: 16, height: 8), shuffles: false, workers: 1)
    let batch = try #require(try await batches(loader.epoch(0)).last)
    #expect(batch.images.shape == [2, 8, 16, 3])
    #expect(batch.images[1, 5, 9, 0] == 100)  // class 10
    #expect(batch.images[1, 5, 9, 1] == 3)  // sample 3
    #expect(batch.images[1, 5, 9, 2] == 5)  // row 5
    #expect(batch.masks.count == 2 && batch.masks.height == 8 && batch.masks.width == 16)
    #expect(batch.masks.indices[(8 + 5) * 16 + 9] == 10)
  }

  @Test func withoutShufflingTheOrderIsTheDataSets() async throws {
    let loader = DataLoader(CountingDataset(count: 5), batchSize: 2, imageSize: 16, shuffles: false, steps: 4)
    #expect(try await names(loader.epoch(0)) == [0, 1, 2, 3, 4, 0, 1, 2].map { "sample \($0)" })
    #expect(try await names(loader.epoch(1)) == [3, 4, 0, 1, 2, 3, 4, 0].map { "sample \($0)" })
  }

  @Test func epochsContinueOneAnotherAndStartAnywhere() async throws {
    let dataset = CountingDataset(count: 7)
    let short = DataLoader(dataset, batchSize: 3, imageSize: 16, augmentation: .flip, seed: 3, steps: 4)
    let long = DataLoader(dataset, batchSize: 3, imageSize: 16, augmentation: .flip, seed: 3, steps: 12)
    let whole = try await batches(long.epoch(0))
    for epoch in [2, 0, 1] {
      let part = try await batches(short.epoch(epoch))
      #expect(part.map(\.names) == whole[4 * epoch..<4 * epoch + 4].map(\.names))
      #expect(part.map(\.images) == whole[4 * epoch..<4 * epoch + 4].map(\.images))
    }
  }

  @Test(arguments: [3, 4, 5, 16]) func everySampleIsSeenEquallyOften(batchSize: Int) async throws {
    let loader = DataLoader(CountingDataset(count: 8), batchSize: batchSize, imageSize: 16, steps: 8)
    var counts: [String: Int] = [:]
    for epoch in 0..<3 { for name in try await names(loader.epoch(epoch)) { counts[name, default: 0] += 1 } }
    #expect(counts.count == 8)
    #expect(counts.values.allSatisfy { $0 == 3 * batchSize })
  }

  @Test func everyPassIsAnotherPermutation() async throws {
    let loader = DataLoader(CountingDataset(count: 20), batchSize: 4, imageSize: 16, seed: 6)
    let passes = [try await names(loader.epoch(0)), try await names(loader.epoch(1)), try await names(loader.epoch(2))]
    #expect(Set(passes).count == 3)
    for pass in passes { #expect(Set(pass).count == 20 && pass.count == 20) }
    let again = DataLoader(CountingDataset(count: 20), batchSize: 4, imageSize: 16, seed: 6)
    #expect(try await names(again.epoch(1)) == passes[1])
    let other = DataLoader(CountingDataset(count: 20), batchSize: 4, imageSize: 16, seed: 7)
    #expect(try await names(other.epoch(1)) != passes[1])
  }

  @Test func onePassKeepsItsLastPartialBatchUnlessItIsDropped() async throws {
    let keeping = DataLoader(CountingDataset(count: 8), batchSize: 3, imageSize: 16)
    #expect(keeping.batchesPerEpoch == 3)
    #expect(try await batches(keeping.epoch(4)).map(\.names.count) == [3, 3, 2])
    let dropping = DataLoader(CountingDataset(count: 8), batchSize: 3, imageSize: 16, dropsRemainder: true)
    #expect(dropping.batchesPerEpoch == 2)
    #expect(try await batches(dropping.epoch(4)).map(\.names.count) == [3, 3])
    let beyond = DataLoader(CountingDataset(count: 2), batchSize: 5, imageSize: 16)
    #expect(try await batches(beyond.epoch(0)).map(\.names.count) == [2])
  }

  @Test(arguments: [nil, 5] as [Int?]) func skippingLeavesBatchesOutWithoutReadingThem(steps: Int?) async throws {
    let dataset = CountingDataset(count: 14)
    let loader = DataLoader(dataset, batchSize: 3, imageSize: 16, augmentation: .flip, steps: steps)
    let whole = try await batches(loader.epoch(1))
    let readsBefore = dataset.reads
    let rest = try await batches(loader.epoch(1, skipping: 3))
    #expect(rest.map(\.names) == whole.dropFirst(3).map(\.names))
    #expect(rest.map(\.images) == whole.dropFirst(3).map(\.images))
    #expect(dataset.reads - readsBefore == rest.map(\.names.count).reduce(0, +))
    #expect(try await batches(loader.epoch(1, skipping: loader.batchesPerEpoch)).isEmpty)
  }

  @Test(arguments: [1, 4]) func anErrorComesOnceInItsPlaceAndEndsTheEpoch(workers: Int) async throws {
    let dataset = CountingDataset(count: 20, badSamples: [7, 12])
    let loader = DataLoader(dataset, batchSize: 2, imageSize: 16, shuffles: false, workers: workers, prefetch: 8)
    let iterator = loader.epoch(0).makeAsyncIterator()
    for first in [0, 2, 4] {
      #expect(try await iterator.next()?.names == ["sample \(first)", "sample \(first + 1)"])
    }
    await #expect(throws: CountingDataset.BadSample(index: 7)) { try await iterator.next() }
    #expect(try await iterator.next() == nil)
    #expect(try await iterator.next() == nil)
  }

  @Test(arguments: [1, 3, 6]) func noMoreThanThePrefetchedBatchesAreAhead(prefetch: Int) async throws {
    let dataset = CountingDataset(count: 400)
    let loader = DataLoader(dataset, batchSize: 2, imageSize: 16, workers: 3, prefetch: prefetch)
    let iterator = loader.epoch(0).makeAsyncIterator()
    for taken in 1...5 {
      _ = try await iterator.next()
      // Waits until the workers are as far as they may go; they must not go farther.
      while dataset.reads < (taken + prefetch) * 2 { await Task.yield() }
      try await Task.sleep(for: .milliseconds(5))
      #expect(dataset.reads == (taken + prefetch) * 2)
    }
  }

  @Test(arguments: Augmentation.allCases) func memoryStaysFlat(_ augmentation: Augmentation) async throws {
    let pool = BufferPool()
    try await ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let loader = DataLoader(
        CountingDataset(count: 50, void: 0).cached(), batchSize: 5, imageSize: 32, augmentation: augmentation,
        steps: 600,
        workers: 3, prefetch: 4)
      var batchBytes = 0
      for try await batch in loader.epoch(0) {
        batchBytes = batch.images.shape.elementCount * MemoryLayout<Float>.stride
      }
      // Prefetched batches, the consumer's, and one that each of three workers may be stacking meanwhile.
      #expect(pool.statistics.requests == 600)
      #expect(pool.statistics.peak >= batchBytes && pool.statistics.peak <= (4 + 1 + 3) * 2 * batchBytes)
      #expect(pool.statistics.misses <= 4 + 1 + 3)
    }
  }

  @Test func workStopsWhenTheIteratorGoesAway() async throws {
    let dataset = CountingDataset(count: 1000)
    let loader = DataLoader(dataset, batchSize: 1, imageSize: 16, workers: 2, prefetch: 4)
    for try await _ in loader.epoch(0) { break }
    var reads = -1
    while reads != dataset.reads {
      reads = dataset.reads
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(reads <= 5)
  }

  @Test func aCancelledTaskThrowsCancellation() async throws {
    let loader = DataLoader(CountingDataset(count: 4), batchSize: 1, imageSize: 16, steps: 1_000_000)
    let task = Task {
      var count = 0
      for try await _ in loader.epoch(0) { count += 1 }
      return count
    }
    try await Task.sleep(for: .milliseconds(5))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func twoIteratorsOfOneEpochDoNotDisturbEachOther() async throws {
    let epoch = DataLoader(CountingDataset(count: 9), batchSize: 2, imageSize: 16).epoch(0)
    #expect(epoch.count == 5)
    async let first = names(epoch)
    async let second = names(epoch)
    #expect(try await first == second)
  }

  @Test func anEmptyDataSetStopsWithAReason() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DataLoader(SyntheticScenes(count: 0), batchSize: 1, imageSize: 16)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("DataLoader: the data set must hold at least one sample"))
  }
}
