import TesseraDatasets

/// Takes the batches of an epoch that are left, as many as their source has promised, or one rank's share of them.
struct EpochReader<Source: BatchSource> {
  private var batches: Source.Batches.AsyncIterator
  private let count: Int
  private let stride: Int
  /// The epoch's batch that comes next here.
  private var next: Int
  /// What the source gives besides and nobody here needs: batches before the next one.
  private var unwanted = 0
  private let unwantedEach: Int

  /// - Parameters:
  ///   - skipped: the number of batches that are left out at the start.
  ///   - group: of the batches that are left, rank r takes the r-th of as many as there are ranks.
  init(_ source: Source, epoch: Int, skipping skipped: Int = 0, sharedBy group: RankGroup) {
    (count, stride) = (source.batchesPerEpoch, group.rankCount)
    next = skipped + group.rank
    let own = group.isAlone ? nil : source.epoch(epoch, skipping: min(next, count), every: stride)
    unwantedEach = own == nil ? stride - 1 : 0
    batches = (own ?? source.epoch(epoch, skipping: min(next, count))).makeAsyncIterator()
  }

  /// The next batch; `nil` after the last.
  ///
  /// - Throws: what reading throws, `TrainingError.batchMissing`, or `CancellationError`.
  mutating func next(isolation: isolated (any Actor)?) async throws -> Batch? {
    guard next < count else { return nil }
    while unwanted > 0 {
      _ = try await batches.next(isolation: isolation)
      unwanted -= 1
    }
    guard let batch = try await batches.next(isolation: isolation) else {
      // In a cancelled task a stream ends without an error.
      try Task.checkCancellation()
      throw TrainingError.batchMissing(number: next + 1, count: count)
    }
    (next, unwanted) = (next + stride, unwantedEach)
    return batch
  }
}
