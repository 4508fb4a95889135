import TesseraDatasets

/// Batches that a program makes itself, an epoch at a time.
///
/// ```swift
/// let training = GeneratedBatches(perEpoch: 100) { epoch in
///   (0..<100).lazy.map { drawBatch(seed: 100 * epoch + $0) }
/// }
/// try await trainer.fit(training, epochs: 10)
/// ```
/// A resumed run passes over the batches of its epoch that it has seen; write a ``BatchSource`` if that takes long and
/// there is a shorter way.
public struct GeneratedBatches<Base: AsyncSequence>: BatchSource where Base.Element == Batch {
  public let batchesPerEpoch: Int
  private let batches: (_ epoch: Int) -> Base

  /// - Parameters:
  ///   - batchesPerEpoch: how many batches are taken in each epoch; their sequence may be longer, or endless.
  ///   - batches: the batches of an epoch, counted from 0.
  public init(perEpoch batchesPerEpoch: Int, _ batches: @escaping (_ epoch: Int) -> Base) {
    self.batchesPerEpoch = batchesPerEpoch
    self.batches = batches
  }

  /// The same with a plain sequence, whose batches are made when the trainer needs them.
  public init<Plain>(
    perEpoch batchesPerEpoch: Int, _ batches: @escaping (_ epoch: Int) -> Plain
  ) where Base == BatchSequence<Plain> {
    self.init(perEpoch: batchesPerEpoch) { BatchSequence(batches($0)) }
  }

  public func epoch(_ epoch: Int, skipping skipped: Int) -> AsyncDropFirstSequence<Base> {
    batches(epoch).dropFirst(skipped)
  }
}

/// A plain sequence of batches as an asynchronous one, which never waits.
public struct BatchSequence<Base: Sequence>: AsyncSequence where Base.Element == Batch {
  private let base: Base

  public init(_ base: Base) { self.base = base }

  public func makeAsyncIterator() -> Iterator { Iterator(base: base.makeIterator()) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate var base: Base.Iterator

    public mutating func next() async -> Batch? { base.next() }
    public mutating func next(isolation actor: isolated (any Actor)?) async -> Batch? { base.next() }
  }
}
