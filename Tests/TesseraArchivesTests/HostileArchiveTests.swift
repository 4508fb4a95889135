import Foundation
import TesseraArchives
import TestSupport
import Testing

/// Archives that were made to do harm: each is refused, and leaves nothing behind.
@Suite struct HostileArchiveTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let zip: ZipBuilder
    let message: String
    var limits = UnpackingLimits()
    var testDescription: String { name }
  }

  private static func path(_ path: String, _ message: String) -> Case {
    Case(name: path, zip: .with(.init(path: "a/fine"), .init(path: path, bytes: [1])), message: message)
  }

  private static func mode(_ name: String, _ mode: UInt32) -> Case {
    Case(
      name: name, zip: .with(.init(path: "it", bytes: Array("/etc/passwd".utf8), mode: mode)),
      message: "the entry 'it' is refused: it is a \(name)")
  }

  private static func collision(_ first: String, _ second: String) -> Case {
    let entries = [first, second].map { path in
      ZipBuilder.Entry(path: path, bytes: [], mode: path.hasSuffix("/") ? 0o040755 : 0o100644)
    }
    return Case(
      name: "\(first) and \(second)", zip: ZipBuilder(entries: entries), message: "would be written to the same place")
  }

  static let zeros = [UInt8](repeating: 0, count: 5_000_000)

  static let cases: [Case] = [
    path("/etc/passwd", "'/etc/passwd' is refused: its path is absolute"),
    path("../outside", "'../outside' is refused: its path leaves the folder"),
    path("a/../../outside", "its path leaves the folder"), path("a/..", "its path leaves the folder"),
    path("a//b", "its path has an empty part"), path("./b", "its path has an empty part"),
    path("..\\outside", "its path leaves the folder"), path("a/..\\outside", "its path has a backslash"),
    path("C:/outside", "its path names a drive"),
    path("c:outside", "its path names a drive"), path("a\u{1B}[2Jb", "'a\\u{1B}[2Jb' is refused: its name has control"),
    path("\u{9B}2J", "control characters"),
    mode("symbolic link", 0o120777), mode("special file", 0o020666), mode("special file", 0o060666),
    mode("special file", 0o140666),
    collision("image.png", "IMAGE.png"), collision("a", "a/b"), collision("a/b", "a"), collision("data/x", "Data/y"),
    collision("a/", "A"),
    Case(
      name: "one path twice", zip: .with(.init(path: "a"), .init(path: "a")), message: "there are two entries 'a'"),
    Case(
      name: "two ways to write one letter", zip: .with(.init(path: "\u{E9}"), .init(path: "e\u{301}")),
      message: "there are two entries"),
    Case(
      name: "a bomb", zip: .with(.init(path: "zeros", bytes: zeros, isCompressed: true)),
      message: "would unpack to 5000000, more than 100 per byte"),
    Case(
      name: "a bomb that claims little",
      zip: .with(.init(path: "zeros", bytes: zeros, isCompressed: true, claimedSize: 1000)), message: "is damaged"),
    Case(
      name: "too many bytes", zip: .with(.init(path: "a", bytes: [1, 2, 3]), .init(path: "b", bytes: [1, 2, 3])),
      message: "it would unpack to 6 bytes, more than 5", limits: UnpackingLimits(bytes: 5)),
    Case(
      name: "too many entries", zip: .with(.init(path: "a"), .init(path: "b"), .init(path: "c")),
      message: "it has 3 entries, more than 2", limits: UnpackingLimits(entries: 2)),
    Case(
      name: "a wrong checksum at the end",
      zip: .with(.init(path: "a", bytes: [1]), .init(path: "b", bytes: [2], claimedChecksum: 3)),
      message: "the entry 'b' is damaged"),
    Case(
      name: "another name in the local header", zip: .with(.init(path: "fine", localPath: "../out")),
      message: "its path leaves the folder"),
  ]

  @Test(arguments: cases) func isRefusedAndLeavesNothing(hostile: Case) throws {
    try withTemporaryFolder { folder in
      let file = "\(folder)/inner/a.zip"
      try FileManager.default.createDirectory(atPath: "\(folder)/inner", withIntermediateDirectories: true)
      try hostile.zip.write(to: file)
      let error = #expect(throws: ArchiveError.self) {
        try ArchiveFile(contentsOf: file).unpack(to: "\(folder)/inner/out", limits: hostile.limits)
      }
      #expect(error?.description.hasPrefix("\(file): ") == true)
      #expect(error?.description.contains(hostile.message) == true, "\(error?.description ?? "")")
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == ["inner", "inner/a.zip"])
    }
  }

  @Test func moreThanTheDiskHoldsIsFoundFirst() throws {
    try withTemporaryFolder { folder in
      let entries = (0..<5000).map { ZipBuilder.Entry(path: "\($0)", claimedSize: 4_000_000_000) }
      try ZipBuilder(entries: entries).write(to: "\(folder)/a.zip")
      let archive = try ArchiveFile(contentsOf: "\(folder)/a.zip")
      let error = #expect(throws: ArchiveError.self) {
        try archive.unpack(to: "\(folder)/out", limits: UnpackingLimits(bytes: .max, ratio: .max))
      }
      #expect(error?.description.contains("too little space on the disk: 20 TB are needed and ") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.zip"])
    }
  }
}
