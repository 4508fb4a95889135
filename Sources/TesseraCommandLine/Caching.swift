import Foundation
import Tessera

/// Returns a data set behind a disk cache, which is built if needed; reports progress on standard error.
///
/// - Parameters:
///   - dataset: the files.
///   - path: the cache's file; its folder is created if missing.
///   - size: the size that samples are read at.
/// - Throws: `OutputFolderError`, `CacheError`, or the first error of the files.
package func cached(_ dataset: FolderDataset, at path: String, size: ScaledSize) throws -> DiskCachedDataset {
  try makeOutputFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
  let progress = CountingLine("cached", of: dataset.count)
  return try DiskCachedDataset(
    dataset, scaledTo: size, file: path,
    notice: Notice.note.write, progress: progress.show)
}
