import Synchronization
import TesseraImaging
import TesseraTensors

/// What a data set's masks hold: how large they are, and how much of each class there is.
public struct DatasetSurvey: Sendable {
  /// How many pixels have each index that occurs, in all masks.
  public private(set) var pixels: [Int: Int] = [:]

  /// How many masks hold each index that occurs.
  public private(set) var masks: [Int: Int] = [:]

  /// How many masks have each size that occurs.
  public private(set) var sizes: [ImageSize: Int] = [:]

  /// Reads all masks of a folder's data set, on the context's threads.
  ///
  /// - Parameters:
  ///   - dataset: whose masks are read, without their images.
  ///   - progress: is told how many masks are read.
  /// - Throws: the first error of a mask in the data set's order.
  public init(of dataset: FolderDataset, progress: (Int) -> Void = { _ in }) throws {
    try self.init(count: dataset.count, progress: progress) { index in
      try Mask(contentsOf: dataset.files[index].mask, labelSpace: dataset.labelSpace)
    }
  }

  /// Reads all samples of a data set at their own sizes, on the context's threads.
  ///
  /// - Parameters:
  ///   - dataset: whose samples are read.
  ///   - progress: is told how many samples are read.
  /// - Throws: the first error of a sample in the data set's order.
  public init(of dataset: any SegmentationDataset, progress: (Int) -> Void = { _ in }) throws {
    try self.init(count: dataset.count, progress: progress) { try dataset.sample(at: $0).mask }
  }

  /// The share of each index that occurs among all pixels, void's among them.
  public var shares: [Int: Double] {
    let all = pixels.values.reduce(0, +)
    return pixels.mapValues { Double($0) / Double(all) }
  }

  // Stretches bound how many masks are in memory and let progress be told.
  private init(count: Int, progress: (Int) -> Void, reading read: @Sendable (Int) throws -> Mask) throws {
    let stretch = 64
    for first in stride(from: 0, to: count, by: stretch) {
      let end = min(first + stretch, count)
      let results = Mutex([Result<(ImageSize, [Int: Int]), any Error>?](repeating: nil, count: end - first))
      parallelFor(end - first) { position in
        let result = Result {
          let mask = try read(first + position)
          return (ImageSize(width: mask.width, height: mask.height), mask.histogram)
        }
        results.withLock { $0[position] = result }
      }
      for result in results.withLock({ $0 }) {
        guard let (size, histogram) = try result?.get() else { continue }
        sizes[size, default: 0] += 1
        for (index, number) in histogram {
          pixels[index, default: 0] += number
          masks[index, default: 0] += 1
        }
      }
      progress(end)
    }
  }
}
