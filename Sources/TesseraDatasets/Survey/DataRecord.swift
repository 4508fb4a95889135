import Foundation
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// What was found in all files of a data set, by their paths within its folder: kept beside a run or a cache, so that
/// files that did not change are not read again, and those that did are known by name.
///
/// The file has two lines, a heading with a checksum and the findings. It can be thrown away: the files are then read
/// once more.
package struct DataRecord: Sendable, Equatable {
  package var files: [String: FileFindings]

  /// The files over which a run has ended: that they are others now is what its user was asked for.
  package var damaged: Set<String>

  package init(files: [String: FileFindings] = [:], damaged: Set<String> = []) {
    (self.files, self.damaged) = (files, damaged)
  }

  /// How the files of a data set differ from those that it had.
  package struct Changes: Equatable, Sendable {
    /// Paths within the folder, in rising order.
    package var changed: [String] = []
    package var added: [String] = []
    package var removed: [String] = []
    /// Of those that changed: the ones over which the run ended.
    package var repaired: [String] = []

  }

  /// What is otherwise than in an earlier record; files with other times and the same bytes are the same.
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

  /// With the files marked as damaged that an error names.
  ///
  /// - Parameters:
  ///   - error: why a sample could not be read; other errors mark nothing.
  ///   - root: the data set's folder.
  package func blaming(_ error: any Error, in root: String) -> DataRecord {
    var record = self
    var paths = [(error as? any PictureFault)?.file].compactMap(\.self)
    switch error as? DatasetError {
    case .differentSizes(let image, _, let mask, _): paths = [image, mask]
    // Each begins with its file.
    case .unusableFiles(let messages):
      paths = messages.compactMap { text in text.range(of: ": ").map { String(text[..<$0.lowerBound]) } }
    default: break
    }
    record.damaged.formUnion(paths.filter { $0.hasPrefix(root + "/") }.map { String($0.dropFirst(root.count + 1)) })
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
  /// A million pictures, and no more memory than they take.
  private static let lengthLimit = 1 << 30

  /// Reads what `write(to:)` wrote.
  ///
  /// - Throws: `FileError`, also where it is damaged or of another version.
  package init(contentsOf path: String) throws(FileError) {
    let lines = try RegularFile.bytes(of: path, atMost: Self.lengthLimit)
      .split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    let decoder = JSONDecoder()
    guard lines.count == 2, let heading = try? decoder.decode(Heading.self, from: Data(lines[0])),
      heading.format == Self.format, heading.checksum == Self.checksum(of: Array(lines[1])),
      let body = try? decoder.decode(Body.self, from: Data(lines[1]))
    else { throw FileError(path: path, reason: "it is damaged or of another version") }
    self.init(files: body.files, damaged: Set(body.damaged))
  }

  /// - Throws: `FileError`; whatever was there before is then unchanged.
  package func write(to path: String) throws(FileError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let body = try? encoder.encode(Body(files: files, damaged: damaged.sorted())) + Data("\n".utf8),
      let heading = try? encoder.encode(Heading(checksum: Self.checksum(of: Array(body))))
    else { throw FileError(path: path, reason: "what was found cannot be written as JSON") }
    try AtomicFile.write([UInt8](heading + Data("\n".utf8) + body), to: path, isDurable: false)
  }

  private static func checksum(of bytes: [UInt8]) -> String {
    var checksum = CRC32()
    checksum.add(bytes)
    return checksum.text
  }
}
