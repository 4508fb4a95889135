import TesseraDatasets

/// Takes the batches of an epoch that are left, as many as their source has promised.
struct EpochReader<Source: BatchSource> {
  private var batches: Source.Batches.AsyncIterator
  private let count: Int
  private var taken: Int

  init(_ source: Source, epoch: Int, skipping skipped: Int = 0) {
    count = source.batchesPerEpoch
    taken = skipped
    batches = source.epoch(epoch, skipping: skipped).makeAsyncIterator()
  }

  /// The next batch; `nil` after the epoch's last.
  ///
  /// - Throws: what reading throws, `TrainingError.batchMissing`, or `CancellationError`.
  mutating func next(isolation: isolated (any Actor)?) async throws -> Batch? {
    guard taken < count else { return nil }
    guard let batch = try await batches.next(isolation: isolation) else {
      // In a cancelled task a stream ends without an error.
      try Task.checkCancellation()
      throw TrainingError.batchMissing(number: taken + 1, count: count)
    }
    taken += 1
    return batch
  }
}
