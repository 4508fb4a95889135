import Foundation
import Synchronization
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// The samples of a data set at one size, decoded and scaled once, in a file that is mapped into memory.
///
/// Samples are bit for bit those of the data set. The cache is checked whenever it is opened: it must be complete,
/// intact to the last byte, and match the data set's fingerprint (for files: paths, lengths and modification times).
/// Otherwise it is rebuilt, and `notice` receives a line about that. It is built under a temporary name and then
/// renamed, by one process at a time. A sample takes width x height bytes for each channel and for the mask: 64 KiB for
/// color at 128 x 128. The 20,210 training pictures of ADE20K take 1.3 GB, or 5.3 GB at the double size that
/// `Augmentation.standard` reads. Pixels that are not a photograph take 4 bytes per channel.
///
/// ```swift
/// let street = try FolderDataset.open(at: "street", split: .training)
/// let cached = try DiskCachedDataset(street, size: 128, file: "cache/street.tessera")
/// ```
public final class DiskCachedDataset: SegmentationDataset {
  public let base: any FingerprintedDataset

  /// The size that the cache holds; others are read from the data set.
  public let size: ScaledSize

  /// The path of the cache file.
  public let path: String

  private let file: MappedFile
  private let format: CacheFormat
  private let notice: @Sendable (String) -> Void
  private let hasLostFile = Mutex(false)

  /// Opens the cache of samples of one size; see ``init(_:scaledTo:file:notice:progress:)``.
  public convenience init(
    _ base: any FingerprintedDataset, size: ImageSize, file path: String,
    notice: @escaping @Sendable (String) -> Void = { _ in }, progress: (Int) -> Void = { _ in }
  ) throws {
    try self.init(base, scaledTo: .exactly(size), file: path, notice: notice, progress: progress)
  }

  /// Opens the cache, building it first if necessary.
  ///
  /// - Parameters:
  ///   - base: the data set that samples come from.
  ///   - size: the size of the samples.
  ///   - path: the cache file; its folder must exist.
  ///   - notice: receives one line that says why a cache is rebuilt, waited for or no longer used.
  ///   - progress: receives the number of samples of a new cache that are done.
  /// - Throws: `CacheError` if the cache cannot be written, or the first error of the files.
  public init(
    _ base: any FingerprintedDataset, scaledTo size: ScaledSize, file path: String,
    notice: @escaping @Sendable (String) -> Void = { _ in }, progress: (Int) -> Void = { _ in }
  ) throws {
    self.base = base
    self.size = size
    self.path = path
    self.notice = notice
    try Self.checkPlace(path)
    let fingerprint = base.fingerprint
    func opened() throws(CacheFlaw) -> (MappedFile, CacheFormat)? {
      try Self.open(path, base: base, size: size, fingerprint: fingerprint)
    }
    if let found = try? opened() {
      (file, format) = found
      return
    }
    let lock = try CacheError.writing(
      try FileLock(file: path + ".lock") { notice("waiting for another process that is building the cache \(path)") })
    defer { withExtendedLifetime(lock) {} }
    do throws(CacheFlaw) {
      if let found = try opened() {
        (file, format) = found
        return
      }
    } catch {
      notice("the cache \(path) \(error.reason): it is rebuilt")
    }
    try CacheWriter(to: path).write(base, size: size, fingerprint: fingerprint, progress: progress)
    do throws(CacheFlaw) {
      guard let built = try opened() else { throw .unreadable("it is gone") }
      (file, format) = built
    } catch {
      throw CacheError.unwritable(path: path, reason: "what was written \(error.reason)")
    }
  }

  public var labelSpace: LabelSpace { base.labelSpace }
  public var count: Int { base.count }

  public func sample(at index: Int) throws -> Sample { try base.sample(at: index) }

  public func sample(at index: Int, width: Int, height: Int) throws -> Sample {
    try sample(at: index, scaledTo: .exactly(ImageSize(width: width, height: height)))
  }

  public func sample(at index: Int, scaledTo size: ScaledSize) throws -> Sample {
    require(index >= 0 && index < count, "DiskCachedDataset: there is no sample \(index) among \(count)")
    guard size == self.size, isUsable else { return try base.sample(at: index, scaledTo: size) }
    let entry = format.entries[index]
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.offset..<entry.offset + entry.length])
    if let sample = CacheRecord.sample(base.name(at: index), in: bytes, entry, labelSpace: labelSpace) { return sample }
    leave()
    return try base.sample(at: index, scaledTo: size)
  }

  /// Whether the file still has its length and, as far as is known, its contents; a file that was changed is no longer
  /// used.
  private var isUsable: Bool {
    if hasLostFile.withLock({ $0 }) { return false }
    if file.isWhole { return true }
    leave()
    return false
  }

  /// From now on samples are read from their files; `notice` is told once.
  private func leave() {
    let isFirst = hasLostFile.withLock { lost in
      defer { lost = true }
      return !lost
    }
    if isFirst { notice("the cache \(path) was changed while in use: samples are read from their files") }
  }

  /// A cache replaces whatever has its name, which must not be a pipe or a device.
  private static func checkPlace(_ path: String) throws(CacheError) {
    guard let kind = FileKind(of: path), let refusal = kind.refusal else { return }
    throw kind == .folder ? .isFolder(path: path) : .notAFile(path: path, reason: refusal)
  }

  /// The file if it can be trusted; `nil` if there is none.
  private static func open(
    _ path: String, base: any FingerprintedDataset, size: ScaledSize, fingerprint: UInt64
  ) throws(CacheFlaw) -> (MappedFile, CacheFormat)? {
    guard FileKind(of: path) != nil else { return nil }
    let file: MappedFile
    do throws(FileError) { file = try MappedFile(path) } catch { throw .unreadable(error.reason) }
    let format = try CacheFormat(file.bytes)
    guard format.size == size else { throw .otherSize }
    guard format.fingerprint == fingerprint, format.entries.count == base.count else { throw .outdated }
    if let damaged = format.firstDamagedSample(in: file.bytes, labelSpace: base.labelSpace) {
      throw .damaged("the sample \(base.name(at: damaged))")
    }
    return (file, format)
  }
}

extension CacheFormat {
  /// The first sample whose bytes have another checksum, or that has an index outside the label space; checks all of
  /// them, on the context's threads.
  fileprivate func firstDamagedSample(in file: UnsafeRawBufferPointer, labelSpace: LabelSpace) -> Int? {
    let damaged = Mutex<Int?>(nil)
    nonisolated(unsafe) let file = file
    parallelFor(entries.count) { position in
      let entry = entries[position]
      let bytes = UnsafeRawBufferPointer(rebasing: file[entry.offset..<entry.offset + entry.stride])
      let isIntact =
        Self.checksum(of: bytes) == entry.checksum
        && CacheRecord.hasKnownIndices(in: bytes, entry, labelSpace: labelSpace)
      if !isIntact { damaged.withLock { $0 = min($0 ?? position, position) } }
    }
    return damaged.withLock { $0 }
  }
}
