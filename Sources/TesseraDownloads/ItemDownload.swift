import Foundation
import TesseraArchives
import TesseraFiles

/// Puts something from the catalog into a folder: downloads, verifies and unpacks it.
///
/// ```swift
/// let download = ItemDownload(.ade20k, to: "data")
/// let outcome = try download.run { event in print(event) }
/// outcome.path                                          // data/ADEChallengeData2016
/// ```
///
/// Ends early with `CancellationError` when its task is cancelled; another run continues where it stopped.
public struct ItemDownload: Sendable {
  /// The result of a download.
  public struct Outcome: Equatable, Sendable {
    /// The folder or file that now exists.
    public let path: String
    /// Whether it already existed.
    public let wasThere: Bool

    package init(path: String, wasThere: Bool) { (self.path, self.wasThere) = (path, wasThere) }
  }

  public let item: DownloadItem
  /// Where the item's folder or file goes.
  public let folder: String
  /// Additional servers with the same file, which are asked first.
  public var mirrors: [String] = []
  /// Whether the archive is kept after it is unpacked.
  public var keepsArchive = false
  /// Whether to accept a version other than the published one: the checksum is not compared, and files are not counted.
  public var takesAnyVersion = false
  /// Whether the item's license is accepted, which is needed where it excludes commercial use.
  public var acceptsLicense = false
  public var policy = DownloadPolicy()

  /// - Parameters:
  ///   - item: what to download.
  ///   - folder: created if it is missing.
  public init(_ item: DownloadItem, to folder: String) {
    self.item = item
    self.folder = folder
  }

  private var file: String { (folder as NSString).appendingPathComponent(item.file) }
  /// `nil` if any file will do.
  private var checksum: FileChecksum? {
    takesAnyVersion ? nil : item.checksum ?? KeptChecksum(of: file).value
  }
  private var destination: String {
    item.folder.map { (folder as NSString).appendingPathComponent($0.name) } ?? file
  }

  /// Downloads what is missing.
  ///
  /// - Throws: `DownloadError`, `ArchiveError`, `CancellationError`.
  public func run(_ report: @escaping (DownloadEvent) -> Void) throws -> Outcome {
    for address in mirrors where !RedirectionRule.isWebAddress(address) { throw DownloadError.badAddress(address) }
    if try isThere(report) { return Outcome(path: destination, wasThere: true) }
    try checkLicense()
    try DownloadError.writing(try makeFolder(folder))
    if FileManager.default.fileExists(atPath: file) {
      try verify(file, report)
    } else {
      let part = FileStamp(of: file + ".part")?.length ?? 0
      try requireSpace(max(0, item.bytes - part) + (item.folder?.bytes ?? 0))
      try FileDownload(
        path: file, addresses: mirrors + item.addresses, checksum: checksum, largest: 2 * item.bytes,
        laterBytes: item.folder?.bytes ?? 0, policy: policy
      ).run(report)
    }
    guard let unpacked = item.folder else {
      try keepChecksum()
      return Outcome(path: file, wasThere: false)
    }
    try unpack(file, to: unpacked, report)
    if !keepsArchive { removeFile(file) }
    return Outcome(path: destination, wasThere: false)
  }

  /// Uses a copy of the published file that already exists.
  ///
  /// - Parameters:
  ///   - file: the copy, which stays unchanged.
  ///   - report: receives the events.
  /// - Throws: `DownloadError`, `ArchiveError`, `CancellationError`.
  public func run(from file: String, _ report: @escaping (DownloadEvent) -> Void) throws -> Outcome {
    if try isThere(report) {
      guard item.folder != nil || FileManager.default.contentsEqual(atPath: destination, andPath: file) else {
        throw DownloadError.occupied(path: destination, reason: "is another file than \(file)")
      }
      return Outcome(path: destination, wasThere: true)
    }
    try checkLicense()
    try verify(file, report)
    try DownloadError.writing(try makeFolder(folder))
    if let unpacked = item.folder {
      try unpack(file, to: unpacked, report)
    } else {
      try copy(file)
      try keepChecksum()
    }
    return Outcome(path: destination, wasThere: false)
  }

  private func checkLicense() throws(DownloadError) {
    guard let license = item.license, license.commercialUse == .excluded, !acceptsLicense else { return }
    throw .licenseNotAccepted(item: item.name, license)
  }

  /// Keeps what a later file of the item is compared with, if nothing is published.
  private func keepChecksum() throws {
    if item.checksum == nil, takesAnyVersion || checksum == nil { try KeptChecksum(of: file).keep() }
  }

  /// Whether there is nothing to do.
  ///
  /// - Throws: `DownloadError.occupied` if something else is in the way.
  private func isThere(_ report: (DownloadEvent) -> Void) throws -> Bool {
    guard let kind = FileKind(of: destination) else { return false }
    guard let unpacked = item.folder else {
      do {
        try verify(destination, report)
      } catch DownloadError.wrongChecksum(_, _, let found, _) {
        throw DownloadError.occupied(path: destination, reason: "is another file (\(found))")
      }
      try keepChecksum()
      return true
    }
    guard kind == .folder else { throw DownloadError.occupied(path: destination, reason: "is a file") }
    if try FileManager.default.contentsOfDirectory(atPath: destination).isEmpty { return false }
    let missing = unpacked.missing(in: destination, countsFiles: !takesAnyVersion)
    guard missing.isEmpty else {
      throw DownloadError.occupied(path: destination, reason: "lacks \(missing.joined(separator: ", "))")
    }
    return true
  }

  private func verify(_ path: String, _ report: (DownloadEvent) -> Void) throws {
    let file = try openFile(at: path)
    guard let checksum else { return }
    let found = try FileChecksum(checksum.algorithm, of: path) { bytes in
      guard !policy.isCancelled() else { throw CancellationError() }
      report(.verifying(bytes: bytes, total: file.length))
    }
    if checksum.matches(found) { return }
    let beginning = try? file.bytes(from: 0, atMost: 64)
    throw DownloadError.wrongChecksum(
      path: path, expected: checksum, found: found,
      note: DownloadAttempt.isPage(beginning ?? []) ? "it is a web page, perhaps a server error" : nil)
  }

  private func unpack(_ file: String, to unpacked: DownloadItem.Folder, _ report: (DownloadEvent) -> Void) throws {
    let limits = UnpackingLimits(entries: 200_000, bytes: 8 * unpacked.bytes)
    try ArchiveFile(contentsOf: file, entriesAtMost: limits.entries)
      .unpack(to: destination, limits: limits, droppingTopFolder: true) { progress in
        guard !policy.isCancelled() else { throw CancellationError() }
        report(.unpacking(progress))
      } accepting: { contents in
        let missing = unpacked.missing(in: contents, countsFiles: !takesAnyVersion)
        guard missing.isEmpty else { throw DownloadError.incomplete(path: file, missing: missing) }
      }
  }

  /// Copies the file, which appears in its place when it is complete.
  private func copy(_ file: String) throws {
    let source = try openFile(at: file)
    do throws(FileError) {
      let copy = try AtomicFile(destination)
      let piece = 1 << 20
      for start in stride(from: 0, to: source.length, by: piece) {
        try copy.append(try source.bytes(from: start, atMost: piece))
      }
      try copy.publish()
    } catch {
      throw DownloadError.unwritable(path: destination, reason: error.reason)
    }
  }

  private func requireSpace(_ needed: Int) throws {
    guard let free = policy.freeSpace(folder), free < needed else { return }
    throw DownloadError.noSpace(path: folder, needed: needed, free: free)
  }
}
