/// A zip archive's table of contents, and its entries' bytes.
///
/// ```swift
/// let archive = try ArchiveFile(contentsOf: "weights.pth")
/// for entry in archive.entries { print(entry.path, entry.size ?? 0) }
/// let pickle = try archive.bytes(at: "vgg16/data.pkl", atMost: 1 << 20)
/// ```
///
/// The file is reopened for each call and must not change in between.
public struct ArchiveFile: Sendable {
  /// The file.
  public let path: String
  /// All entries, in the order of their bytes in the file; their paths are distinct.
  public let entries: [ArchiveEntry]
  private let places: [String: Int]

  /// Reads the table of contents of a zip archive.
  ///
  /// - Parameters:
  ///   - path: the archive.
  ///   - limit: the maximum number of entries.
  /// - Throws: `ArchiveError`, also if two entries have the same path, as readers could use either.
  public init(contentsOf path: String, entriesAtMost limit: Int = 1_000_000) throws(ArchiveError) {
    var reader = try ArchiveReader(contentsOf: path)
    var entries: [ArchiveEntry] = []
    var places: [String: Int] = [:]
    while let entry = try reader.next() {
      guard places.updateValue(entries.count, forKey: entry.path) == nil else {
        throw .duplicateEntry(file: path, entry: entry.path)
      }
      entries.append(entry)
      guard entries.count <= limit else { throw .tooLarge(file: path, reason: "it has more than \(limit) entries") }
    }
    self.path = path
    self.entries = entries
    self.places = places
  }

  /// The entry at this path.
  public func entry(at path: String) -> ArchiveEntry? { places[path].map { entries[$0] } }

  /// The bytes of the file at `path`, decompressed and checked by the archive's checksum.
  ///
  /// - Parameters:
  ///   - path: the path of an entry.
  ///   - limit: in bytes; memory is allocated only if the entry's claimed size is within it, and no claim is trusted.
  /// - Throws: `ArchiveError`.
  public func bytes(at path: String, atMost limit: Int) throws(ArchiveError) -> [UInt8] {
    var result: [UInt8] = []
    try withBytes(at: [path], atMost: limit) { _, bytes in result = bytes }
    return result
  }

  /// Calls `body` with the bytes of each file at `paths`, in their order in the archive, in one pass.
  ///
  /// - Parameters:
  ///   - paths: the paths of entries.
  ///   - limit: the maximum number of bytes of each.
  ///   - body: receives a path and its bytes.
  /// - Throws: `ArchiveError`, before the first call if a path is missing or is not a file.
  public func withBytes(
    at paths: [String], atMost limit: Int, _ body: (_ path: String, _ bytes: [UInt8]) -> Void
  ) throws(ArchiveError) {
    var wanted: Set<Int> = []
    for path in paths {
      guard let place = places[path] else { throw .noSuchEntry(file: self.path, entry: path) }
      guard entries[place].kind == .file else {
        throw .notAFile(file: self.path, entry: path, kind: entries[place].kind)
      }
      wanted.insert(place)
    }
    var reader = try ArchiveReader(contentsOf: path)
    for (place, listed) in entries.enumerated() {
      guard !wanted.isEmpty else { return }
      guard try reader.next() == listed else {
        throw changed(at: listed)
      }
      guard wanted.remove(place) != nil else { continue }
      body(listed.path, try bytes(of: listed, from: reader, atMost: limit))
    }
  }

  private func bytes(
    of entry: ArchiveEntry, from reader: borrowing ArchiveReader, atMost limit: Int
  ) throws(ArchiveError) -> [UInt8] {
    guard entry.size ?? 0 <= limit else { throw .entryTooLarge(file: path, entry: entry.path, limit: limit) }
    // Memory that no byte reaches is never touched. One byte more than claimed, to reach the end, where the checksum is
    // verified.
    let capacity = (entry.size ?? limit) + 1
    var failure: ArchiveError?
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      do throws(ArchiveError) {
        while count < capacity {
          let added = try reader.read(
            into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]))
          if added == 0 { return }
          count += added
        }
        throw overlong(entry)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  func changed(at entry: ArchiveEntry) -> ArchiveError {
    .damaged(file: path, entry: entry.path, reason: "the file has changed since it was opened")
  }

  func overlong(_ entry: ArchiveEntry) -> ArchiveError {
    .damaged(file: path, entry: entry.path, reason: "it holds more bytes than its header says")
  }
}
