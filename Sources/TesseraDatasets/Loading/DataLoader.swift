import TesseraImaging
import TesseraTensors

/// Reads a data set in batches: shuffled, repeated, augmented, and decoded ahead on several threads.
///
/// What a batch holds depends only on the data set, the seed and the batch's position, never on the number of workers.
/// With `steps`, epochs are stretches of one endless order in which every pass holds each sample once. Epoch e
/// continues where e - 1 ended, so no sample is seen more often than another; any epoch can be the first.
///
/// ```swift
/// let loader = DataLoader(scenes, batchSize: 5, imageSize: 128, augmentation: .flip, seed: 1234, steps: 100)
/// for try await batch in loader.epoch(0) {
///   batch.images.shape   // [5, 128, 128, 3]
/// }
/// ```
public struct DataLoader: Sendable {
  public let dataset: any SegmentationDataset
  public let batchSize: Int
  public let imageSize: ImageSize
  /// How pictures become pictures of that size.
  public let framing: Framing
  public let augmentation: Augmentation

  /// What the sides of whole pictures are padded to a multiple of, if pictures that training crops are read whole.
  public let wholeMultiple: Int?

  /// What pixels beside a picture hold, a value for each channel; `nil` for medium gray, or 0 if they are not a
  /// photograph.
  public private(set) var padding: [Float]?

  /// The number of batches in an epoch; `nil` means one pass over the data set.
  public let steps: Int?

  /// Whether a pass omits its last batch if it is not full; no effect with `steps`, where all are full.
  public let dropsRemainder: Bool

  /// The number of threads that prepare batches, each one batch at a time. They are separate threads, which the system
  /// schedules even while a training step keeps all cores busy.
  public let workers: Int

  /// The maximum number of batches prepared or in preparation ahead of the consumer.
  public let prefetch: Int

  private let order: SampleOrder
  private let random: RandomStream

  /// - Parameters:
  ///   - dataset: the data set, with at least one sample.
  ///   - batchSize: the number of samples in a batch.
  ///   - imageSize: the size of all samples.
  ///   - framing: how pictures get that size; all but `stretch` need a void value.
  ///   - augmentation: what happens to image and mask; `.none` for validation.
  ///   - shuffles: whether each pass has its own random order; otherwise it is the data set's order.
  ///   - seed: the seed of order and augmentation.
  ///   - steps: the number of batches in an epoch; `nil` for one pass over the data set.
  ///   - dropsRemainder: whether to omit the last batch of a pass if it is not full.
  ///   - multiple: for evaluation: pictures that are cropped in training are read whole, one in a batch, padded at the
  ///     right and the bottom until their sides are multiples of this. No effect with other framings.
  ///   - workers: the number of threads that prepare batches.
  ///   - prefetch: the maximum number of batches ahead of the consumer, which bounds the loader's memory.
  public init(
    _ dataset: any SegmentationDataset, batchSize: Int, imageSize: ImageSize, framing: Framing = .stretch,
    augmentation: Augmentation = .none, shuffles: Bool = true, seed: UInt64 = 1234, steps: Int? = nil,
    dropsRemainder: Bool = false, wholePicturesTo multiple: Int? = nil, workers: Int = 2, prefetch: Int = 4
  ) {
    require(dataset.count > 0, "DataLoader: the data set must hold at least one sample")
    require(batchSize > 0, "DataLoader: the batch size must be positive; got \(batchSize)")
    require(steps ?? 1 > 0, "DataLoader: steps must be positive or nil; got \(steps ?? 1)")
    require(workers > 0, "DataLoader: there must be at least one worker; got \(workers)")
    require(prefetch > 0, "DataLoader: at least one batch must be prefetched; got \(prefetch)")
    require(
      !dropsRemainder || steps != nil || dataset.count >= batchSize,
      "DataLoader: without its remainder a pass over \(dataset.count) samples holds no batch of \(batchSize)")
    require(
      !framing.pads || dataset.labelSpace.void != nil,
      "DataLoader: the framing \(framing) pads with void, but the label space has no void value")
    var wholeMultiple: Int?
    if case .crop = framing { wholeMultiple = multiple }
    require(
      wholeMultiple == nil || batchSize == 1,
      "DataLoader: whole pictures have different sizes, so a batch holds one; got the batch size \(batchSize)")
    self.dataset = dataset
    self.batchSize = batchSize
    self.imageSize = imageSize
    self.framing = framing
    self.wholeMultiple = wholeMultiple
    self.augmentation = augmentation
    self.steps = steps
    self.dropsRemainder = dropsRemainder
    self.workers = workers
    self.prefetch = prefetch
    let stream = RandomStream(seed: seed)
    order = SampleOrder(count: dataset.count, shuffles: shuffles, random: stream.derived("shuffle"))
    random = stream.derived("augmentation")
  }

  /// The same loader with other values beside pictures, such as the means that a network's normalization subtracts.
  public func padded(with values: [Float]) -> DataLoader {
    var loader = self
    loader.padding = values
    return loader
  }

  /// The number of batches in every epoch.
  public var batchesPerEpoch: Int {
    if let steps { return steps }
    return dropsRemainder ? dataset.count / batchSize : (dataset.count + batchSize - 1) / batchSize
  }

  /// The batches of an epoch, read while they are iterated over.
  ///
  /// - Parameters:
  ///   - epoch: counted from 0.
  ///   - skipped: the number of batches to skip at its start without reading them, for a resumed run.
  public func epoch(_ epoch: Int, skipping skipped: Int = 0) -> Epoch {
    require(epoch >= 0, "DataLoader.epoch: epochs count from 0; got \(epoch)")
    require(
      skipped >= 0 && skipped <= batchesPerEpoch,
      "DataLoader.epoch: of \(batchesPerEpoch) batches, \(skipped) cannot be skipped")
    return Epoch(loader: self, plan: plan(of: epoch, skipping: skipped))
  }

  /// The draws of each batch.
  private func plan(of epoch: Int, skipping skipped: Int) -> [[SampleOrder.Draw]] {
    let positions: Range<Int>
    if let steps {
      let first = epoch * steps * batchSize
      positions = first + skipped * batchSize..<first + steps * batchSize
    } else {
      let first = epoch * dataset.count
      let length = dropsRemainder ? batchesPerEpoch * batchSize : dataset.count
      positions = first + min(skipped * batchSize, length)..<first + length
    }
    let draws = order.draws(at: positions)
    return stride(from: 0, to: draws.count, by: batchSize).map { start in
      Array(draws[start..<min(start + batchSize, draws.count)])
    }
  }

  /// Reads one batch; throws the first error of its samples, or `CancellationError` once `isCancelled` holds.
  fileprivate func batch(of draws: [SampleOrder.Draw], unless isCancelled: () -> Bool) throws -> Batch {
    Batch(
      try draws.map { draw in
        if isCancelled() { throw CancellationError() }
        return try sample(at: draw.index, random.derived("sample", draw.pass, draw.index))
      }, padding: padding)
  }

  private func sample(at index: Int, _ random: RandomStream) throws -> Sample {
    guard let wholeMultiple else {
      return try augmentation.sample(at: index, of: dataset, size: imageSize, framing: framing, random: random)
    }
    let sample = try dataset.sample(at: index, scaledTo: framing.scaledSize(for: imageSize))
    func padded(_ length: Int) -> Int { (length + wholeMultiple - 1) / wholeMultiple * wholeMultiple }
    let frame = ImageSize(width: padded(sample.mask.width), height: padded(sample.mask.height))
    return ScaledCrop(placing: sample, in: frame).applied(to: sample)
  }
}

extension DataLoader {
  /// The batches of one epoch in order; each iterator reads them again.
  public struct Epoch: AsyncSequence, Sendable {
    public typealias Element = Batch

    fileprivate let loader: DataLoader
    fileprivate let plan: [[SampleOrder.Draw]]

    /// The number of batches.
    public var count: Int { plan.count }

    /// The first batch and every `stride`-th after it; the others are not read.
    public func taking(every stride: Int) -> Epoch {
      require(stride > 0, "DataLoader.Epoch: every \(stride)-th batch cannot be taken; the number must be positive")
      return Epoch(
        loader: loader, plan: Swift.stride(from: 0, to: plan.count, by: stride).map { plan[$0] })
    }

    /// Starts the workers; they stop when the iterator is released.
    public func makeAsyncIterator() -> Iterator { Iterator(reader: Reader(loader: loader, plan: plan)) }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
      fileprivate let reader: Reader

      /// The next batch, `nil` after the last. Throws the first error of the data set once, then ends; throws
      /// `CancellationError` in a cancelled task.
      public func next() async throws -> Batch? { try await reader.queue.next() }
    }
  }

  /// Owns an iterator's threads.
  fileprivate final class Reader: Sendable {
    let queue: PrefetchQueue<Batch>

    init(loader: DataLoader, plan: [[SampleOrder.Draw]]) {
      let queue = PrefetchQueue<Batch>(count: plan.count, limit: loader.prefetch)
      self.queue = queue
      let context = ComputeContext.current
      let read: @Sendable () -> Void = {
        // A thread has no task-local values: batches come from the memory that the iterator's task uses.
        ComputeContext.$current.withValue(context) {
          while let number = queue.claim() {
            queue.deliver(Result { try loader.batch(of: plan[number], unless: { queue.isClosed }) }, for: number)
          }
        }
      }
      do {
        for worker in 0..<min(loader.workers, plan.count) {
          // One thread reads the same batches, if the system grants no more.
          do { try DetachedThread.start(read) } catch where worker > 0 { break }
        }
      } catch {
        if let first = queue.claim() { queue.deliver(.failure(error), for: first) }
      }
    }

    deinit { queue.close() }
  }
}
