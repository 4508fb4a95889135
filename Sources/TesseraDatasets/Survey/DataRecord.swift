import Foundation
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// What was found in all files of a data set, by their paths within its folder: stored next to a run or a cache, so
/// that unchanged files are not read again and changed ones are known by name.
///
/// The file has two lines, a heading with a checksum and the findings. It can be deleted: the files are then read
/// again.
package struct DataRecord: Sendable, Equatable {
  package var files: [String: FileFindings]

  /// The files that ended a run: the user was asked to replace them, so changes to them are expected.
  package var damaged: Set<String>

  package init(files: [String: FileFindings] = [:], damaged: Set<String> = []) {
    (self.files, self.damaged) = (files, damaged)
  }

  /// How the files of a data set differ from its earlier ones.
  package struct Changes: Equatable, Sendable {
    /// Paths within the folder, in ascending order.
    package var changed: [String] = []
    package var added: [String] = []
    package var removed: [String] = []
    /// The changed files that had ended the run.
    package var repaired: [String] = []

  }

  /// What differs from an earlier record; files with other times but the same bytes are unchanged.
  package func changes(since earlier: DataRecord) -> Changes {
    var changes = Changes()
    for (name, findings) in files {
      guard let before = earlier.files[name] else {
        changes.added.append(name)
        continue
      }
      if !findings.hasSameBytes(as: before) { changes.changed.append(name) }
    }
    changes.removed = earlier.files.keys.filter { files[$0] == nil }.sorted()
    changes.added.sort()
    changes.changed.sort()
    changes.repaired = changes.changed.filter(earlier.damaged.contains)
    return changes
  }

  /// Returns the record with the files that an error names marked as damaged.
  ///
  /// - Parameters:
  ///   - error: why a sample could not be read; other errors mark nothing.
  ///   - root: the data set's folder.
  ///   - others: the folders that are joined with it.
  package func blaming(_ error: any Error, in root: String, and others: [String] = []) -> DataRecord {
    var record = self
    var paths = [(error as? any PictureFault)?.file].compactMap(\.self)
    switch error as? DatasetError {
    case .differentSizes(let image, _, let mask, _): paths = [image, mask]
    // Each begins with its file.
    case .unusableFiles(let messages):
      paths = messages.compactMap { text in text.range(of: ": ").map { String(text[..<$0.lowerBound]) } }
    default: break
    }
    record.damaged.formUnion(paths.compactMap(DataFolders(root: root, others: others).name))
    return record
  }

  private struct Heading: Codable {
    var format = DataRecord.format
    var checksum: String
  }

  private struct Body: Codable {
    let files: [String: FileFindings]
    let damaged: [String]
  }

  private static let format = 1
  /// Enough for a million pictures, as a bound on memory.
  private static let lengthLimit = 1 << 30

  /// Reads a record that `write(to:)` wrote.
  ///
  /// - Throws: `FileError`, also if it is damaged or of another version.
  package init(contentsOf path: String) throws(FileError) {
    guard let record = DataRecord(bytes: try RegularFile.bytes(of: path, atMost: Self.lengthLimit)) else {
      throw FileError(path: path, reason: "it is damaged or of another version")
    }
    self = record
  }

  /// A record from the bytes of its file; `nil` if it is damaged or of another version.
  package init?(bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    let decoder = JSONDecoder()
    guard lines.count == 2, let heading = try? decoder.decode(Heading.self, from: Data(lines[0])),
      heading.format == Self.format, heading.checksum == Self.checksum(of: Array(lines[1])),
      let body = try? decoder.decode(Body.self, from: Data(lines[1]))
    else { return nil }
    self.init(files: body.files, damaged: Set(body.damaged))
  }

  /// - Throws: `FileError`; whatever was there before is then unchanged.
  package func write(to path: String) throws(FileError) {
    guard let bytes else { throw FileError(path: path, reason: "what was found cannot be written as JSON") }
    try AtomicFile.write(bytes, to: path, isDurable: false)
  }

  /// The bytes of its file; `nil` if it cannot be written as JSON.
  package var bytes: [UInt8]? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let body = try? encoder.encode(Body(files: files, damaged: damaged.sorted())) + Data("\n".utf8),
      let heading = try? encoder.encode(Heading(checksum: Self.checksum(of: Array(body))))
    else { return nil }
    return [UInt8](heading + Data("\n".utf8) + body)
  }

  /// A checksum of all files' names, lengths and bytes, whenever they were written.
  package var contents: String {
    var checksum = CRC32()
    for (name, findings) in files.sorted(by: { $0.key < $1.key }) {
      checksum.add(Array("\(name) \(findings.stamp.length) \(findings.checksum)\n".utf8))
    }
    return checksum.text
  }

  private static func checksum(of bytes: [UInt8]) -> String {
    var checksum = CRC32()
    checksum.add(bytes)
    return checksum.text
  }
}
