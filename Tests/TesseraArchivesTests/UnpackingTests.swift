import Foundation
import TesseraArchives
import TestSupport
import Testing

@Suite struct UnpackingTests {
  private static let noise: [UInt8] = {
    var state: UInt64 = 88_172_645_463_325_252
    return (0..<3_000_000).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state)
    }
  }()

  private static let honest = ZipBuilder.with(
    .init(path: "Set/", mode: 0o040700), .init(path: "Set/list.txt", bytes: Array("one\ntwo\n".utf8), mode: 0o104777),
    .init(path: "Set/images/größe.bin", bytes: noise, isCompressed: true), .init(path: "Set/empty"))

  /// Paths below a folder, with permission bits of files in octal digits.
  private func tree(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().map { path in
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)")
      let mode = String((attributes[.posixPermissions] as? Int ?? 0) & ~0o022, radix: 8)
      return attributes[.type] as? FileAttributeType == .typeDirectory ? "\(path)/" : "\(path) \(mode)"
    }
  }

  @Test func anArchiveBecomesAFolderOfPlainFiles() throws {
    try withTemporaryFolder { folder in
      try Self.honest.write(to: "\(folder)/a.zip")
      let archive = try ArchiveFile(contentsOf: "\(folder)/a.zip")
      var seen: [UnpackingProgress] = []
      try archive.unpack(to: "\(folder)/out") { seen.append($0) }
      #expect(
        try tree("\(folder)/out") == [
          "Set/", "Set/empty 644", "Set/images/", "Set/images/größe.bin 644", "Set/list.txt 644",
        ])
      #expect(try Data(contentsOf: URL(filePath: "\(folder)/out/Set/images/größe.bin")) == Data(Self.noise))
      #expect(try String(contentsOfFile: "\(folder)/out/Set/list.txt", encoding: .utf8) == "one\ntwo\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.zip", "out"])
      #expect(seen.last?.files == 3 && seen.last?.bytes == 3_000_008)
      #expect(seen.allSatisfy { $0.totalFiles == 3 && $0.totalBytes == 3_000_008 })
      #expect(seen.count > 4 && seen.map(\.bytes) == seen.map(\.bytes).sorted())
    }
  }

  @Test func theTopFolderCanBeDropped() throws {
    try withTemporaryFolder { folder in
      let file = "\(folder)/a.zip"
      try Self.honest.write(to: file)
      try FileManager.default.createDirectory(atPath: "\(folder)/out", withIntermediateDirectories: true)
      try ArchiveFile(contentsOf: file).unpack(to: "\(folder)/out/", droppingTopFolder: true)
      #expect(try tree("\(folder)/out") == ["empty 644", "images/", "images/größe.bin 644", "list.txt 644"])
      // There is no one folder: nothing is dropped.
      try ZipBuilder.with(.init(path: "a/b"), .init(path: "c")).write(to: file)
      try ArchiveFile(contentsOf: file).unpack(to: "\(folder)/two", droppingTopFolder: true)
      #expect(try tree("\(folder)/two") == ["a/", "a/b 644", "c 644"])
    }
  }

  @Test func whatIsThereStays() throws {
    try withTemporaryFolder { folder in
      let (file, out) = ("\(folder)/a.zip", "\(folder)/out")
      try Self.honest.write(to: file)
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      try Data([1]).write(to: URL(filePath: "\(out)/mine"))
      let archive = try ArchiveFile(contentsOf: file)
      #expect(throws: ArchiveError.occupied(path: out)) { try archive.unpack(to: out) }
      #expect(throws: ArchiveError.occupied(path: file)) { try archive.unpack(to: file) }
      #expect(try tree(folder) == ["a.zip 644", "out/", "out/mine 644"])
      let error = #expect(throws: ArchiveError.self) { try archive.unpack(to: "\(folder)/none/out") }
      #expect(error?.description.hasSuffix("cannot be written: there is no folder \(folder)/none") == true)
    }
  }

  @Test func whatAKilledProcessLeftIsRemovedAndALiveOneIsNot() throws {
    try withTemporaryFolder { folder in
      let (file, out) = ("\(folder)/a.zip", "\(folder)/out")
      try Self.honest.write(to: file)
      try FileManager.default.createDirectory(
        atPath: "\(folder)/.out.unpacking/contents/old", withIntermediateDirectories: true)
      let archive = try ArchiveFile(contentsOf: file)
      try archive.unpack(to: out) { _ in
        #expect(throws: ArchiveError.busy(path: out)) { try archive.unpack(to: out) }
      }
      #expect(try tree(out).contains("old/") == false)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.zip", "out"])
    }
  }

  @Test func whoeverStopsItLeavesNothing() throws {
    try withTemporaryFolder { folder in
      try Self.honest.write(to: "\(folder)/a.zip")
      let archive = try ArchiveFile(contentsOf: "\(folder)/a.zip")
      #expect(throws: CancellationError.self) {
        try archive.unpack(to: "\(folder)/out") { if $0.bytes > 1_000_000 { throw CancellationError() } }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.zip"])
    }
  }
}
