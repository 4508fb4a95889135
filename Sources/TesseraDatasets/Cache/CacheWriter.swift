import Foundation
import Synchronization
import TesseraImaging
import TesseraTensors

/// Writes a cache file under a temporary name and renames it when it is complete.
struct CacheWriter {
  private let path: String
  private var part: String { path + ".part" }

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
    _ dataset: any SegmentationDataset, size: ImageSize, fingerprint: UInt64, progress: (Int) -> Void
  ) throws {
    // A leftover of an earlier process, or anything else: never opened, as it could be a pipe.
    unlink(part)
    let file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw unwritable() }
    defer { close(file) }
    do {
      var end = CacheFormat.firstSample(count: dataset.count)
      var entries: [CacheFormat.Entry] = []
      for first in stride(from: 0, to: dataset.count, by: Self.stretch) {
        let stretch = first..<min(first + Self.stretch, dataset.count)
        for record in try records(of: dataset, stretch, size: size) {
          try write(record.bytes, at: end, to: file)
          entries.append(record.entry(at: end))
          end += record.bytes.count
        }
        progress(stretch.upperBound)
      }
      let format = CacheFormat(size: size, fingerprint: fingerprint, fileLength: end, entries: entries)
      try write(format.bytes, at: 0, to: file)
      if rename(part, path) != 0 { throw errno == EISDIR ? CacheError.isFolder(path: path) : unwritable() }
    } catch {
      unlink(part)
      throw error
    }
  }

  private func records(
    of dataset: any SegmentationDataset, _ stretch: Range<Int>, size: ImageSize
  ) throws -> [CacheRecord] {
    let results = Mutex([Result<CacheRecord, any Error>?](repeating: nil, count: stretch.count))
    parallelFor(stretch.count) { position in
      let result = Result {
        CacheRecord(try dataset.sample(at: stretch.lowerBound + position, width: size.width, height: size.height))
      }
      results.withLock { $0[position] = result }
    }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
  }

  private func write(_ bytes: [UInt8], at offset: Int, to file: Int32) throws(CacheError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(file, $0.baseAddress! + done, bytes.count - done, off_t(offset + done))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw unwritable() }
      done += count
    }
  }

  /// The error for the system call that has just failed.
  private func unwritable() -> CacheError {
    .unwritable(path: path, reason: String(cString: strerror(errno)))
  }
}
