import Foundation
import TesseraArchives
import TestSupport
import Testing

@Suite struct ArchiveFileTests {
  @Test func entriesAndTheirBytesAreFound() throws {
    try withTemporaryFolder { folder in
      let long = (0..<100_000).map { UInt8($0 % 7) }
      let file = "\(folder)/a.zip"
      try ZipBuilder.with(
        .init(path: "data/", mode: 0o040755), .init(path: "data/long.bin", bytes: long, isCompressed: true),
        .init(path: "data/größe.txt", bytes: Array("seven".utf8)), .init(path: "empty"),
        .init(path: "link", bytes: Array("empty".utf8), mode: 0o120777)
      ).write(to: file)
      let archive = try ArchiveFile(contentsOf: file)
      #expect(
        archive.entries == [
          ArchiveEntry(path: "data/", kind: .folder, size: 0),
          ArchiveEntry(path: "data/long.bin", kind: .file, size: 100_000),
          ArchiveEntry(path: "data/größe.txt", kind: .file, size: 5), ArchiveEntry(path: "empty", kind: .file, size: 0),
          ArchiveEntry(path: "link", kind: .symbolicLink, size: 0),
        ])
      #expect(archive.entry(at: "data/größe.txt")?.size == 5)
      #expect(archive.entry(at: "nothing") == nil)
      #expect(try archive.bytes(at: "data/long.bin", atMost: 100_000) == long)
      #expect(try archive.bytes(at: "data/größe.txt", atMost: 1000) == Array("seven".utf8))
      #expect(try archive.bytes(at: "empty", atMost: 0) == [])

      var seen: [String] = []
      try archive.withBytes(at: ["empty", "data/long.bin"], atMost: 100_000) { path, bytes in
        seen.append("\(path) \(bytes.count)")
      }
      #expect(seen == ["data/long.bin 100000", "empty 0"])
    }
  }

  @Test func whatIsNotThereOrTooMuchIsRefused() throws {
    try withTemporaryFolder { folder in
      let file = "\(folder)/a.zip"
      try ZipBuilder.with(
        .init(path: "five", bytes: [1, 2, 3, 4, 5]), .init(path: "folder/", mode: 0o040755)
      ).write(to: file)
      let archive = try ArchiveFile(contentsOf: file)
      #expect(throws: ArchiveError.noSuchEntry(file: file, entry: "six")) {
        _ = try archive.bytes(at: "six", atMost: 9)
      }
      #expect(throws: ArchiveError.notAFile(file: file, entry: "folder/", kind: .folder)) {
        _ = try archive.bytes(at: "folder/", atMost: 9)
      }
      #expect(throws: ArchiveError.entryTooLarge(file: file, entry: "five", limit: 4)) {
        _ = try archive.bytes(at: "five", atMost: 4)
      }
      try ZipBuilder.with(.init(path: "other", bytes: [1])).write(to: file)
      let error = #expect(throws: ArchiveError.self) { _ = try archive.bytes(at: "five", atMost: 9) }
      #expect(error?.description.contains("the file has changed since it was opened") == true)
    }
  }

  static let damages: [(name: String, zip: ZipBuilder, message: String)] = [
    ("checksum", .with(.init(path: "a", bytes: [1, 2, 3], claimedChecksum: 7)), "the entry 'a' is damaged"),
    (
      "checksum of compressed bytes",
      .with(.init(path: "a", bytes: [1, 2, 3], isCompressed: true, claimedChecksum: 7)),
      "the entry 'a' is damaged"
    ),
    (
      "more bytes than claimed",
      .with(.init(path: "a", bytes: [UInt8](repeating: 1, count: 300), isCompressed: true, claimedSize: 3)),
      "the entry 'a' is damaged"
    ),
    (
      "fewer bytes than claimed",
      .with(.init(path: "a", bytes: [UInt8](repeating: 1, count: 300), isCompressed: true, claimedSize: 301)),
      "the entry 'a' is damaged"
    ),
    (
      "a stored entry that is shorter than claimed",
      .with(.init(path: "a", bytes: [1, 2, 3], claimedSize: 900_000_000)),
      "the entry 'a' is damaged"
    ),
    ("two entries of one path", .with(.init(path: "a"), .init(path: "a")), "there are two entries 'a'"),
    ("a cut file", ZipBuilder(entries: [.init(path: "a", bytes: [1, 2, 3])], missingBytes: 30), "not a complete zip"),
  ]

  @Test(arguments: damages.indices) func damageIsFound(place: Int) throws {
    let (_, zip, message) = Self.damages[place]
    try withTemporaryFolder { folder in
      let file = "\(folder)/a.zip"
      try zip.write(to: file)
      let error = #expect(throws: ArchiveError.self) {
        _ = try ArchiveFile(contentsOf: file).bytes(at: "a", atMost: 1_000_000_000)
      }
      #expect(error?.description.hasPrefix("\(file): ") == true)
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }

  @Test func otherFilesAreNoArchives() throws {
    try withTemporaryFolder { folder in
      let page = "\(folder)/page.zip"
      try "<html><body>503 Service Unavailable</body></html>".write(toFile: page, atomically: true, encoding: .utf8)
      let empty = "\(folder)/empty.zip"
      try Data().write(to: URL(fileURLWithPath: empty))
      for file in [page, empty] {
        let error = #expect(throws: ArchiveError.self) { _ = try ArchiveFile(contentsOf: file) }
        #expect(error?.description.hasPrefix("\(file): not a complete zip archive: ") == true)
      }
      let missing = "\(folder)/missing.zip"
      #expect(throws: ArchiveError.unreadable(file: missing, reason: "there is no such file")) {
        _ = try ArchiveFile(contentsOf: missing)
      }
    }
  }

  @Test func aPipeIsNotWaitedFor() throws {
    try withTemporaryFolder { folder in
      let pipe = "\(folder)/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      #expect(throws: ArchiveError.unreadable(file: pipe, reason: "it is a pipe, not a file")) {
        _ = try ArchiveFile(contentsOf: pipe)
      }
    }
  }
}
