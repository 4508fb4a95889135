import Synchronization
import TesseraImaging
import TesseraTensors

/// A data set that keeps what it has read, up to a limit in bytes: small sets are decoded only once.
///
/// Samples are kept for each requested size. When the limit is reached, what is kept stays and the rest is read every
/// time: in a pass over all samples, an evicted sample would be needed again before the one that replaced it. For
/// larger sets use ``DiskCachedDataset``.
public final class CachedDataset: SegmentationDataset {
  private struct Key: Hashable {
    let index: Int
    let size: ScaledSize?
  }
  private struct State {
    var samples: [Key: Sample] = [:]
    var bytes = 0
  }

  public let base: any SegmentationDataset

  /// The maximum number of bytes of pixels and indices that are kept.
  public let limit: Int

  private let state = Mutex(State())

  public init(_ base: any SegmentationDataset, upTo limit: Int) {
    require(limit >= 0, "CachedDataset: the limit must not be negative; got \(limit)")
    self.base = base
    self.limit = limit
  }

  public var labelSpace: LabelSpace { base.labelSpace }
  public var count: Int { base.count }

  /// The number of bytes currently kept.
  public var bytes: Int { state.withLock { $0.bytes } }

  public func sample(at index: Int) throws -> Sample {
    try sample(for: Key(index: index, size: nil)) { try base.sample(at: index) }
  }

  public func sample(at index: Int, width: Int, height: Int) throws -> Sample {
    try sample(at: index, scaledTo: .exactly(ImageSize(width: width, height: height)))
  }

  public func sample(at index: Int, scaledTo size: ScaledSize) throws -> Sample {
    try sample(for: Key(index: index, size: size)) { try base.sample(at: index, scaledTo: size) }
  }

  // Read outside the lock: two tasks may read the same sample twice, but neither waits for the other's file.
  private func sample(for key: Key, reading read: () throws -> Sample) rethrows -> Sample {
    if let kept = state.withLock({ $0.samples[key] }) { return kept }
    let sample = try read()
    let size = sample.pixels.byteCount + sample.mask.indices.count * 2
    state.withLock { state in
      guard state.samples[key] == nil, state.bytes + size <= limit else { return }
      state.samples[key] = sample
      state.bytes += size
    }
    return sample
  }
}

extension SegmentationDataset {
  /// Returns this data set with a cache in memory of at most `limit` bytes (default 256 MiB: 3,276 samples of 128 x
  /// 128).
  public func cached(upTo limit: Int = 1 << 28) -> CachedDataset { CachedDataset(self, upTo: limit) }
}
