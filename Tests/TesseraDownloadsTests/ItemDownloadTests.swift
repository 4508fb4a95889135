import Foundation
import TesseraArchives
import TesseraDownloads
import TestSupport
import Testing

/// Archives that become folders.
@Suite struct ItemDownloadTests {
  private static let zip = ZipBuilder.with(
    .init(path: "Set/", mode: 0o040755), .init(path: "Set/list.txt", bytes: Array("a\n".utf8)),
    .init(path: "Set/images/1.jpg", bytes: noise(1000), isCompressed: true), .init(path: "Set/images/2.jpg")
  ).bytes()

  /// An archive with two images, or as many as it should have.
  private func item(_ bytes: [UInt8] = zip, images: Int = 2, at addresses: String...) throws -> DownloadItem {
    DownloadItem(
      name: "set", title: "A set", file: "set.zip", addresses: addresses, checksum: try checksum(of: bytes),
      bytes: bytes.count,
      folder: .init(name: "Set", bytes: 1_000_000, contents: [("list.txt", nil), ("images", images)]))
  }

  @Test func anArchiveBecomesAFolderOnce() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in .file(Self.zip, for: request) }
      let item = try item(at: server.address)
      let trial = try Trial(item, to: folder)
      #expect(trial.outcome == .init(path: "\(folder)/Set", wasThere: false))
      #expect(try names(in: folder) == ["Set"])
      #expect(try names(in: "\(folder)/Set/images") == ["1.jpg", "2.jpg"])
      #expect(trial.events.contains { if case .unpacking(let progress) = $0 { progress.files == 3 } else { false } })
      #expect(try Trial(item, to: folder).outcome == .init(path: "\(folder)/Set", wasThere: true))
      #expect(server.requests.count == 1)
    }
  }

  @Test func theArchiveCanBeKept() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in .file(Self.zip, for: request) }
      _ = try Trial(try item(at: server.address), to: folder) { $0.keepsArchive = true }
      #expect(try names(in: folder) == ["Set", "set.zip"])
    }
  }

  @Test func whatWasDownloadedBeforeIsUnpacked() throws {
    try withTemporaryFolder { folder in
      try Data(Self.zip).write(to: URL(filePath: "\(folder)/set.zip"))
      let trial = try Trial(try item(at: "http://127.0.0.1:1/"), to: folder)
      #expect(trial.story.isEmpty)
      #expect(try names(in: folder) == ["Set"])
    }
  }

  @Test func anInterruptedUnpackingLeavesTheArchive() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in .file(Self.zip, for: request) }
      let item = try item(at: server.address)
      var policy = hasty
      policy.isCancelled = { FileManager.default.fileExists(atPath: "\(folder)/.Set.unpacking") }
      #expect(throws: CancellationError.self) { _ = try Trial(item, to: folder, policy: policy) }
      #expect(try names(in: folder) == ["set.zip"])
      _ = try Trial(item, to: folder)
      #expect(server.requests.count == 1)
      #expect(try names(in: folder) == ["Set"])
    }
  }

  @Test func whatHasThePlaceIsNotTouched() throws {
    try withTemporaryFolder { folder in
      let item = try item(at: "http://127.0.0.1:1/")
      try FileManager.default.createDirectory(atPath: "\(folder)/Set/images", withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: "\(folder)/Set/images/1.jpg"))
      #expect(
        throws: DownloadError.occupied(
          path: "\(folder)/Set", reason: "lacks list.txt, images with 2 files (it has 1)")
      ) { _ = try Trial(item, to: folder) }
      try FileManager.default.removeItem(atPath: "\(folder)/Set")
      try Data([1]).write(to: URL(filePath: "\(folder)/Set"))
      #expect(throws: DownloadError.occupied(path: "\(folder)/Set", reason: "is a file")) {
        _ = try Trial(item, to: folder)
      }
      try FileManager.default.removeItem(atPath: "\(folder)/Set")
      try Data("<html>".utf8).write(to: URL(filePath: "\(folder)/set.zip"))
      let error = #expect(throws: DownloadError.self) { _ = try Trial(item, to: folder) }
      #expect(error?.description.hasSuffix("; it is a web page, perhaps a server error") == true)
      #expect(try names(in: folder) == ["set.zip"])
    }
  }

  @Test func anArchiveThatLacksSomethingIsTold() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in .file(Self.zip, for: request) }
      #expect(
        throws: DownloadError.incomplete(path: "\(folder)/set.zip", missing: ["images with 9 files (it has 2)"])
      ) { _ = try Trial(try item(images: 9, at: server.address), to: folder) }
      #expect(try names(in: folder) == ["set.zip"])
    }
  }

  @Test func aFileOfTheUsersIsVerifiedAndStays() throws {
    try withTemporaryFolder { folder in
      let mine = "\(folder)/mine.zip"
      try Data(Self.zip).write(to: URL(filePath: mine))
      let item = try item()
      #expect(try Trial(item, to: "\(folder)/a", from: mine).outcome?.path == "\(folder)/a/Set")
      #expect(try contents(mine) == Self.zip)

      let other = ZipBuilder.with(.init(path: "x/list.txt"), .init(path: "x/images/9.jpg")).bytes()
      try Data(other).write(to: URL(filePath: mine))
      let (found, expected) = (try checksum(of: other), try checksum(of: Self.zip))
      #expect(throws: DownloadError.wrongChecksum(path: mine, expected: expected, found: found, note: nil)) {
        _ = try Trial(item, to: "\(folder)/b", from: mine)
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/b"))
      _ = try Trial(item, to: "\(folder)/b", from: mine) { $0.takesAnyVersion = true }
      #expect(try names(in: "\(folder)/b/Set/images") == ["9.jpg"])
      #expect(throws: DownloadError.unreadable(path: "\(folder)/none", reason: "there is no such file")) {
        _ = try Trial(item, to: "\(folder)/c", from: "\(folder)/none")
      }
    }
  }

  /// It must not take the data set's place: the whole one could not be unpacked there.
  @Test func anyVersionThatLacksSomethingIsNotUnpacked() throws {
    try withTemporaryFolder { folder in
      let mine = "\(folder)/mine.zip"
      try ZipBuilder.with(.init(path: "x/images/9.jpg"), .init(path: "x/notes.txt")).write(to: mine)
      #expect(throws: DownloadError.incomplete(path: mine, missing: ["list.txt"])) {
        _ = try Trial(try item(), to: folder, from: mine) { $0.takesAnyVersion = true }
      }
      #expect(try names(in: folder) == ["mine.zip"])
      try Data(Self.zip).write(to: URL(filePath: mine))
      #expect(try Trial(try item(), to: folder, from: mine).outcome?.path == "\(folder)/Set")
    }
  }

  @Test func aPipeIsNotWaitedFor() throws {
    try withTemporaryFolder { folder in
      let pipe = "\(folder)/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      for takesAnyVersion in [false, true] {
        #expect(throws: DownloadError.unreadable(path: pipe, reason: "it is a pipe, not a file")) {
          _ = try Trial(try item(), to: "\(folder)/a", from: pipe) { $0.takesAnyVersion = takesAnyVersion }
        }
      }
    }
  }

  @Test func weightsOfTheUsersAreCopied() throws {
    try withTemporaryFolder { folder in
      let bytes = noise(1000)
      try Data(bytes).write(to: URL(filePath: "\(folder)/mine.h5"))
      let item = try file(bytes, at: [])
      #expect(try Trial(item, to: "\(folder)/a", from: "\(folder)/mine.h5").outcome?.path == "\(folder)/a/file.bin")
      #expect(try contents("\(folder)/a/file.bin") == bytes)
      #expect(try names(in: "\(folder)/a") == ["file.bin"])
      try Data([1]).write(to: URL(filePath: "\(folder)/a/file.bin"))
      let found = try checksum(of: [1])
      #expect(
        throws: DownloadError.occupied(path: "\(folder)/a/file.bin", reason: "is another file (\(found))")
      ) { _ = try Trial(item, to: "\(folder)/a", from: "\(folder)/mine.h5") }
    }
  }

  @Test func hostileArchivesLeaveNothing() throws {
    try withTemporaryFolder { folder in
      let hostile = ZipBuilder.with(.init(path: "Set/list.txt"), .init(path: "../../out")).bytes()
      let server = try TestServer { request, _ in .file(hostile, for: request) }
      let error = #expect(throws: ArchiveError.self) {
        _ = try Trial(try item(hostile, at: server.address), to: "\(folder)/data")
      }
      #expect(error?.description.contains("its path leaves the folder") == true)
      #expect(try names(in: folder) == ["data"])
      #expect(try names(in: "\(folder)/data") == ["set.zip"])
    }
  }

  @Test func theCatalogNamesPublishedFiles() {
    #expect(DownloadItem.catalog.count == 14 && Set(DownloadItem.catalog.map(\.name)).count == 14)
    #expect(Set(DownloadItem.catalog.map(\.file)).count == 14)
    for item in DownloadItem.catalog {
      #expect(item.addresses.allSatisfy(RedirectionRule.isWebAddress))
      guard let checksum = item.checksum else { continue }
      let digits = [FileChecksum.Algorithm.md5: 32, .sha1: 40, .sha256: 64][checksum.algorithm]
      #expect(
        checksum.digits.count == digits || checksum.digits.count == 8 && item.file.contains("-\(checksum.digits).pth"))
      #expect(checksum.digits.allSatisfy { $0.isHexDigit })
    }
    // Of these nobody has published one.
    #expect(
      DownloadItem.catalog.filter { $0.checksum == nil }.map(\.name) == ["segformer-b0-ade20k", "segformer-b1-ade20k"])
    #expect(
      DownloadItem.catalog.filter { $0.license?.commercialUse == .excluded }.map(\.name)
        == ["segformer-b0-ade20k", "segformer-b1-ade20k"])
  }
}
