import Foundation
import Synchronization
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// The samples of a data set at one size, made once, in a file that is mapped into memory: of files, decoded and scaled.
///
/// Samples are, to the bit, those of the data set. The cache is checked whenever it is opened: it must be whole, intact to
/// the last byte, and of the data set's fingerprint (of files: paths, lengths and times of change); otherwise it is built
/// again, which `notice` is told in a line. It is built beside its place and then moved there, by one process at a time
/// (`FILE.lock` stays). A sample takes width x height bytes for each channel and for the mask: 64 KiB of color at 128 x
/// 128, so that the 20,210 training pictures of ADE20K take 1.3 GB, and 5.3 GB at the double size that
/// `Augmentation.standard` reads. Pixels that are no photograph take 4 bytes a channel.
///
/// ```swift
/// let street = try FolderDataset.open(at: "street", split: .training)
/// let cached = try DiskCachedDataset(street, size: 128, file: "cache/street.tessera")
/// ```
public final class DiskCachedDataset: SegmentationDataset {
  public let base: any FingerprintedDataset

  /// The size that the cache holds; others are read from the data set.
  public let size: ImageSize

  /// The cache's file.
  public let path: String

  private let file: MappedFile
  private let format: CacheFormat
  private let notice: @Sendable (String) -> Void
  private let hasLostFile = Mutex(false)

  /// Opens the cache, and builds it first where that is needed.
  ///
  /// - Parameters:
  ///   - base: where samples come from.
  ///   - size: the size of all samples.
  ///   - path: the cache's file; the folder must exist.
  ///   - notice: is told in one line why a cache is built again, waited for, or no longer used.
  ///   - progress: is told how many samples of a new cache are done.
  /// - Throws: `CacheError` where the cache cannot be written, or the first error of the files.
  public init(
    _ base: any FingerprintedDataset, size: ImageSize, file path: String,
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
    let lock = try CacheLock(for: path) { notice("waiting for another process that builds the cache \(path)") }
    defer { lock.release() }
    do throws(CacheFlaw) {
      if let found = try opened() {
        (file, format) = found
        return
      }
    } catch {
      notice("the cache \(path) \(error.reason): it is built again")
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
    require(index >= 0 && index < count, "DiskCachedDataset: there is no sample \(index) among \(count)")
    guard width == size.width, height == size.height, isUsable else {
      return try base.sample(at: index, width: width, height: height)
    }
    let entry = format.entries[index]
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.offset..<entry.offset + entry.length(size)])
    if let sample = CacheRecord.sample(base.name(at: index), in: bytes, entry, size: size, labelSpace: labelSpace) {
      return sample
    }
    leave()
    return try base.sample(at: index, width: width, height: height)
  }

  /// Whether the file is as long as it was and holds what it should as far as is known; one that somebody changed is
  /// left alone from then on.
  private var isUsable: Bool {
    if hasLostFile.withLock({ $0 }) { return false }
    if file.isWhole { return true }
    leave()
    return false
  }

  /// From now on samples are read from their files, which `notice` is told once.
  private func leave() {
    let isFirst = hasLostFile.withLock { lost in
      defer { lost = true }
      return !lost
    }
    if isFirst { notice("the cache \(path) was changed while in use: samples are read from their files") }
  }

  /// A cache replaces what has its name, which must not be a pipe or a device.
  private static func checkPlace(_ path: String) throws(CacheError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    if isFolder(path) { throw .isFolder(path: path) }
    do throws(FileError) { _ = try RegularFile(path) } catch { throw .notAFile(path: path, reason: error.reason) }
  }

  /// The file if it can be trusted, `nil` where there is none.
  private static func open(
    _ path: String, base: any FingerprintedDataset, size: ImageSize, fingerprint: UInt64
  ) throws(CacheFlaw) -> (MappedFile, CacheFormat)? {
    guard let file = try MappedFile(path) else { return nil }
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
  /// The first sample whose bytes have another checksum, or that has an index outside of the label space; looks at all
  /// of them, on the context's threads.
  fileprivate func firstDamagedSample(in file: UnsafeRawBufferPointer, labelSpace: LabelSpace) -> Int? {
    let damaged = Mutex<Int?>(nil)
    nonisolated(unsafe) let file = file
    parallelFor(entries.count) { position in
      let entry = entries[position]
      let bytes = UnsafeRawBufferPointer(rebasing: file[entry.offset..<entry.offset + entry.stride(size)])
      let isIntact =
        Self.checksum(of: bytes) == entry.checksum
        && CacheRecord.hasKnownIndices(in: bytes, entry, size: size, labelSpace: labelSpace)
      if !isIntact { damaged.withLock { $0 = min($0 ?? position, position) } }
    }
    return damaged.withLock { $0 }
  }
}
