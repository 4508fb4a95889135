import Foundation
import Synchronization
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// Writes a cache file under a temporary name and renames it when it is complete.
struct CacheWriter {
  private let path: String

  /// The number of samples that are read together, on the context's threads, before they are written.
  private static let stretch = 64

  init(to path: String) { self.path = path }

  /// Reads all samples of `dataset` at `size`, in groups, and writes them.
  ///
  /// - Parameters:
  ///   - fingerprint: of the data set's sources.
  ///   - progress: receives the number of samples done.
  /// - Throws: `CacheError`, or the first error of a sample; nothing is then left behind.
  func write(
    _ dataset: any SegmentationDataset, size: ScaledSize, fingerprint: UInt64, progress: (Int) -> Void
  ) throws {
    // A new name each time would leave what a killed process wrote, gigabytes, for good.
    let file = try CacheError.writing(try AtomicFile(path, writtenAs: path + ".part"))
    var end = CacheFormat.firstSample(count: dataset.count, size)
    var entries: [CacheFormat.Entry] = []
    try CacheError.writing(try file.append([UInt8](repeating: 0, count: end)))
    for first in stride(from: 0, to: dataset.count, by: Self.stretch) {
      let stretch = first..<min(first + Self.stretch, dataset.count)
      for record in try records(of: dataset, stretch, size: size) {
        try CacheError.writing(try file.append(record.bytes))
        entries.append(record.entry(at: end))
        end += record.bytes.count
      }
      progress(stretch.upperBound)
    }
    let format = CacheFormat(size: size, fingerprint: fingerprint, fileLength: end, entries: entries)
    try CacheError.writing(try file.replace(format.bytes, at: 0))
    try CacheError.writing(try file.publish(isDurable: false))
  }

  private func records(
    of dataset: any SegmentationDataset, _ stretch: Range<Int>, size: ScaledSize
  ) throws -> [CacheRecord] {
    let results = Mutex([Result<CacheRecord, any Error>?](repeating: nil, count: stretch.count))
    parallelFor(stretch.count) { position in
      let result = Result {
        CacheRecord(try dataset.sample(at: stretch.lowerBound + position, scaledTo: size))
      }
      results.withLock { $0[position] = result }
    }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
  }
}
