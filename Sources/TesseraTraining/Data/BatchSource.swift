import TesseraDatasets

/// What a trainer trains or validates on: the batches of each epoch.
///
/// A `DataLoader` is a source. So is an array of batches, which are the same in every epoch, and ``GeneratedBatches``,
/// which is a function of the epoch:
/// ```swift
/// try await trainer.fit([first, second], epochs: 10)
/// try await trainer.fit(GeneratedBatches(perEpoch: 100) { epoch in camera.batches(seed: epoch) }, epochs: 10)
/// ```
/// A run can be resumed or repeated with the same bits if the source gives the same batches whenever it is asked for
/// the same epoch.
public protocol BatchSource {
  /// The batches of an epoch in order.
  associatedtype Batches: AsyncSequence where Batches.Element == Batch

  /// The number of batches in every epoch, at least 1.
  var batchesPerEpoch: Int { get }

  /// The batches of an epoch, of which as many are taken as an epoch has; it is an error if there are fewer.
  ///
  /// - Parameters:
  ///   - epoch: counted from 0.
  ///   - skipped: the number of batches to leave out at its start, for a resumed run.
  func epoch(_ epoch: Int, skipping skipped: Int) -> Batches

  /// The first of the batches that are left and every `stride`-th after it: the share of one of several processes.
  ///
  /// - Returns: by default `nil`: the others are made too, and left out.
  func epoch(_ epoch: Int, skipping skipped: Int, every stride: Int) -> Batches?
}

extension BatchSource {
  public func epoch(_ epoch: Int, skipping skipped: Int, every stride: Int) -> Batches? { nil }
}

extension DataLoader: BatchSource {
  /// Reads nothing of the other batches.
  public func epoch(_ epoch: Int, skipping skipped: Int, every stride: Int) -> Epoch? {
    self.epoch(epoch, skipping: skipped).taking(every: stride)
  }
}

extension Array: BatchSource where Element == Batch {
  /// All of them.
  public var batchesPerEpoch: Int { count }

  public func epoch(_ epoch: Int, skipping skipped: Int) -> BatchSequence<ArraySlice<Batch>> {
    BatchSequence(dropFirst(skipped))
  }
}
