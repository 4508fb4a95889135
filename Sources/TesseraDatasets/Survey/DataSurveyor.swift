import Foundation
import Synchronization
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// Reads what the files of a data set hold, each at most once and none that is known and unchanged.
///
/// One surveyor answers everything about a folder before its first sample: which classes there are, how much of each,
/// which files are damaged, and which changed since a record was made.
package final class DataSurveyor: Sendable {
  private let folders: DataFolders
  private let earlier: DataRecord
  private let found: Mutex<[String: FileFindings]>

  /// - Parameters:
  ///   - root: the data set's folder; if empty, files are identified by the paths given.
  ///   - others: the folders that are joined with it.
  ///   - earlier: what was found before, possibly of the same files in another folder.
  package init(of root: String = "", and others: [String] = [], knowing earlier: DataRecord = DataRecord()) {
    folders = DataFolders(root: root, others: others)
    self.earlier = earlier
    found = Mutex([:])
  }

  /// Everything found so far.
  package var record: DataRecord {
    var record = DataRecord(files: found.withLock { $0 })
    // A repaired file is like any other: its next change is up to the user.
    record.damaged = earlier.damaged.subtracting(record.changes(since: earlier).repaired)
    return record
  }

  /// What was found in a file that was already read.
  package func findings(of path: String) -> FileFindings? { found.withLock { $0[name(of: path)] } }

  /// A file's path within its folder.
  package func name(of path: String) -> String { folders.name(of: path) ?? path }

  /// Decodes all of a mask.
  ///
  /// - Throws: `ImageError`, `MaskError`.
  package func mask(_ path: String) throws -> FileFindings {
    try findings(path, isMask: true) { bytes, stamp in
      let contents = try MaskContents(decoding: bytes, name: path)
      return FileFindings(
        stamp: stamp, checksum: Self.checksum(of: bytes),
        size: ImageSize(width: contents.width, height: contents.height), pixels: contents.pixels)
    }
  }

  /// Reads a mask however it is stored; its findings count what the file holds, before it is relabeled.
  ///
  /// - Throws: `ImageError`, `MaskError`.
  func mask(of files: FolderDataset.Files) throws -> FileFindings {
    switch files.storage.kind {
    case .numbers: return try mask(files.mask)
    case .colors:
      let reading = files.storage.unmapped.checksum
      return try findings(files.mask, isMask: true, reading: reading) { bytes, stamp in
        let contents = try files.storage.contents(decoding: bytes, name: files.mask)
        return FileFindings(
          stamp: stamp, checksum: Self.checksum(of: bytes),
          size: ImageSize(width: contents.width, height: contents.height), pixels: contents.pixels, reading: reading)
      }
    case .shapes(let shapes):
      let name = name(of: files.mask)
      if let findings = found.withLock({ $0[name] }) { return findings }
      // What is drawn has no file of its own: the outlines stand for its bytes.
      let stamp = FileStamp(length: shapes.length, modified: 0, changed: 0)
      let checksum = shapes.checksum
      var findings = earlier.files[name]
      if findings?.stamp != stamp || findings?.checksum != checksum || findings?.pixels == nil {
        let contents = try files.storage.contents(decoding: [], name: files.mask)
        findings = FileFindings(
          stamp: stamp, checksum: checksum, size: ImageSize(width: contents.width, height: contents.height),
          pixels: contents.pixels)
      }
      let result = findings!
      found.withLock { $0[name] = result }
      return result
    }
  }

  /// Reads a picture's bytes and decodes them only if they look damaged.
  ///
  /// - Throws: `ImageError`.
  package func image(_ path: String) throws -> FileFindings {
    try findings(path, isMask: false) { bytes, stamp in
      let size: ImageSize
      var channels: Int?
      if let header = PictureHeader(of: bytes) {
        size = ImageSize(width: header.width, height: header.height)
      } else {
        let decoded = try DecodedPixels(decoding: bytes, name: path)
        size = ImageSize(width: decoded.fullWidth, height: decoded.fullHeight)
        channels = decoded.pixels.channels
      }
      return FileFindings(stamp: stamp, checksum: Self.checksum(of: bytes), size: size, channels: channels)
    }
  }

  private func findings(
    _ path: String, isMask: Bool, reading: UInt32? = nil,
    by read: (_ bytes: [UInt8], _ stamp: FileStamp) throws -> FileFindings
  ) throws -> FileFindings {
    let name = name(of: path)
    if let findings = found.withLock({ $0[name] }) { return findings }
    let stamp = FileStamp(of: path)
    let findings: FileFindings
    if let known = earlier.files[name], known.stamp == stamp, known.pixels != nil || !isMask,
      known.reading == reading
    {
      findings = known
    } else {
      // Taken before reading: a file that changes meanwhile has another stamp next time.
      let bytes = try FileBytes.read(path)
      guard let stamp else { throw ImageError.unreadable(file: path, reason: "it is gone") }
      findings = try read(bytes, stamp)
    }
    found.withLock { $0[name] = findings }
    return findings
  }

  private static func checksum(of bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes(CRC32.sum) }

  /// Calls `body` with 0..<count on the context's threads.
  ///
  /// - Returns: the results in their order.
  package static func inParallel<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count))
    parallelFor(count) { index in
      let result = body(index)
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }
}
