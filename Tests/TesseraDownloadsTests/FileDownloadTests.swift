import Foundation
import TesseraDownloads
import TesseraFiles
import TestSupport
import Testing

/// Downloads from servers that are honest, if not always there.
@Suite struct FileDownloadTests {
  static let bytes = noise(300_000)

  @Test func aFileArrivesAndIsNotFetchedTwice() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in .file(Self.bytes, for: request) }
      let item = try file(Self.bytes, at: ["\(server.address)/file.bin"])
      let trial = try Trial(item, to: "\(folder)/new/data")
      #expect(trial.outcome == .init(path: "\(folder)/new/data/file.bin", wasThere: false))
      #expect(trial.story == ["asking from 0"])
      #expect(trial.events.contains(.received(bytes: 300_000, total: 300_000)))
      #expect(trial.events.last == .verifying(bytes: 300_000, total: 300_000))
      #expect(try contents("\(folder)/new/data/file.bin") == Self.bytes)
      #expect(try names(in: "\(folder)/new/data") == ["file.bin"])
      let again = try Trial(item, to: "\(folder)/new/data")
      #expect(again.outcome == .init(path: "\(folder)/new/data/file.bin", wasThere: true))
      #expect(server.requests.count == 1)
    }
  }

  @Test func aCutConnectionIsResumed() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        .file(Self.bytes, for: request).cut(after: number < 3 ? 70_000 : 300_000)
      }
      let trial = try Trial(try file(Self.bytes, at: ["\(server.address)/x"]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(server.requests.map { $0.headers["range"] } == [nil] + [70, 140, 210].map { "bytes=\($0)000-" })
      #expect(server.requests.dropFirst().allSatisfy { $0.headers["if-range"] == "\"v1\"" })
      #expect(trial.story.count { $0 == "waiting: it closed the connection before the end" } == 3)
    }
  }

  @Test func aStalledConnectionIsResumed() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        var reply = TestServer.Reply.file(Self.bytes, for: request)
        if number == 0 { (reply.sentBytes, reply.stalls) = (100_000, true) }
        return reply
      }
      let trial = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(
        trial.story == ["asking from 0", "waiting: no data arrived for 0.25 seconds", "asking from 100000"])
    }
  }

  @Test func aServerThatNeverAnswersIsLeft() throws {
    try withTemporaryFolder { folder in
      let silent = try TestServer { _, _ in
        usleep(1_000_000)
        return TestServer.Reply("500 Late")
      }
      let server = try TestServer { request, _ in .file(Self.bytes, for: request) }
      var policy = hasty
      policy.attempts = 1
      let trial = try Trial(try file(Self.bytes, at: [silent.address, server.address]), to: folder, policy: policy)
      #expect(trial.story.contains("giving up: no data arrived for 0.25 seconds"))
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
    }
  }

  @Test func anotherProcessGoesOnWhereTheFirstEnded() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        .file(Self.bytes, for: request).cut(after: number == 0 ? 100_000 : 300_000)
      }
      let item = try file(Self.bytes, at: [server.address])
      var policy = hasty
      policy.attempts = 1
      let reason = DownloadError.ServerFailure(
        address: server.address, reason: "it closed the connection before the end")
      #expect(throws: DownloadError.noServer(file: "file.bin", failures: [reason])) {
        _ = try Trial(item, to: folder, policy: policy)
      }
      #expect(try names(in: folder) == ["file.bin.part", "file.bin.part.json"])
      let second = try Trial(item, to: folder, policy: policy)
      #expect(second.story == ["asking from 100000"])
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(try names(in: folder) == ["file.bin"])
    }
  }

  @Test func whoeverStopsItKeepsWhatCame() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in
        var reply = TestServer.Reply.file(Self.bytes, for: request)
        if request.rangeStart == nil { (reply.sentBytes, reply.stalls) = (100_000, true) }
        return reply
      }
      let item = try file(Self.bytes, at: [server.address])
      let part = "\(folder)/file.bin.part"
      var policy = hasty
      policy.stallTimeout = 5
      policy.isCancelled = {
        (try? FileManager.default.attributesOfItem(atPath: part)[.size] as? Int) ?? 0 >= 100_000
      }
      #expect(throws: CancellationError.self) { _ = try Trial(item, to: folder, policy: policy) }
      #expect(try contents(part) == Array(Self.bytes.prefix(100_000)))
      #expect(try Trial(item, to: folder).story == ["asking from 100000"])
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
    }
  }

  @Test func aSecondServerGoesOnWithTheFirstOnesBytes() throws {
    try withTemporaryFolder { folder in
      let first = try TestServer { request, _ in
        .file(Self.bytes, for: request).cut(after: request.rangeStart == nil ? 100_000 : 0)
      }
      let second = try TestServer { request, _ in .file(Self.bytes, tag: "\"other\"", for: request) }
      let trial = try Trial(try file(Self.bytes, at: [first.address, second.address]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(second.requests.map { $0.headers["range"] } == ["bytes=100000-"])
      #expect(second.requests.map { $0.headers["if-range"] } == [nil])
      #expect(trial.story.last == "asking from 100000")
    }
  }

  @Test func overloadedServersAreAskedAgainAndMissingFilesAreNot() throws {
    try withTemporaryFolder { folder in
      let missing = try TestServer { _, _ in .init("404 Not Found", body: Array("nothing here".utf8)) }
      let broken = try TestServer { _, _ in .init("500 Internal Server Error") }
      let busy = try TestServer { request, number in
        number < 2
          ? .init("503 Service Unavailable", headers: ["Retry-After: 9"]) : .file(Self.bytes, for: request)
      }
      let trial = try Trial(
        try file(Self.bytes, at: [missing.address, broken.address, busy.address]), to: folder)
      #expect(
        trial.story == [
          "asking from 0", "giving up: it answers 404 (not found)", "asking from 0",
          "waiting: it answers 500 (server error)", "asking from 0",
          "waiting: it answers 500 (server error)", "asking from 0",
          "giving up: it answers 500 (server error)", "asking from 0",
          "waiting: it answers 503 (not available at present)", "asking from 0",
          "waiting: it answers 503 (not available at present)", "asking from 0",
        ])
      #expect(trial.events.contains(.waiting(reason: "it answers 503 (not available at present)", seconds: 0.02)))
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
    }
  }

  @Test func mirrorsAreAskedFirstAndAllReasonsAreTold() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { _, _ in .init("410 Gone") }
      // Nobody listens on the port of a server that is gone.
      let closed = try TestServer { _, _ in .init() }.address
      let error = #expect(throws: DownloadError.self) {
        _ = try Trial(try file(Self.bytes, at: [server.address]), to: folder) { $0.mirrors = [closed] }
      }
      #expect(
        error?.description
          == "file.bin could not be downloaded: \(closed): no connection; \(server.address): it answers "
          + "410 (no longer there)")
      #expect(try names(in: folder).isEmpty)
      #expect(throws: DownloadError.badAddress("file:///etc/passwd")) {
        _ = try Trial(try file(Self.bytes, at: []), to: folder) { $0.mirrors = ["file:///etc/passwd"] }
      }
    }
  }

  @Test func redirectionsAreFollowedToWebAddressesOnly() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in
        switch request.path {
        case "/a": .init("302 Found", headers: ["Location: /b"], body: Array("moved".utf8))
        case "/b": .init("301 Moved Permanently", headers: ["Location: c?x=1"])
        case "/c?x=1": .file(Self.bytes, for: request).cut(after: request.rangeStart == nil ? 100 : 300_000)
        case "/loop": .init("307 Temporary Redirect", headers: ["Location: /loop"])
        default: .init("302 Found", headers: ["Location: file:///etc/passwd"])
        }
      }
      _ = try Trial(try file(Self.bytes, at: ["\(server.address)/a"]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(server.requests.map(\.path) == ["/a", "/b", "/c?x=1", "/a", "/b", "/c?x=1"])
      #expect(server.requests.last?.rangeStart == 100)
      let error = #expect(throws: DownloadError.self) {
        _ = try Trial(
          try file([1], at: ["\(server.address)/loop", "\(server.address)/away"]), to: "\(folder)/other")
      }
      #expect(error?.description.contains("/loop: it redirects endlessly") == true)
      #expect(
        error?.description.contains("it redirects to file:///etc/passwd, which is not followed") == true)
    }
  }

  @Test func protectedConnectionsStayProtected() {
    #expect(RedirectionRule.allows("https://b/x", from: "http://a/x"))
    #expect(RedirectionRule.allows("http://b/x", from: "http://a/x"))
    #expect(RedirectionRule.allows("HTTPS://b/x", from: "https://a/x"))
    #expect(!RedirectionRule.allows("http://b/x", from: "https://a/x"))
    #expect(!RedirectionRule.allows("ftp://b/x", from: "http://a/x"))
    #expect(RedirectionRule.isWebAddress("http://a/x") && !RedirectionRule.isWebAddress("ftp://a/x"))
    #expect(!RedirectionRule.isWebAddress("a.zip") && !RedirectionRule.isWebAddress("http://"))
  }

  @Test func twoDownloadsOfOneFileDoNotMeet() throws {
    try withTemporaryFolder { folder in
      let held = try #require(try FileLock(file: "\(folder)/file.bin.part.lock"))
      #expect(throws: DownloadError.busy(path: "\(folder)/file.bin")) {
        _ = try Trial(try file(Self.bytes, at: ["http://127.0.0.1:1/"]), to: folder)
      }
      withExtendedLifetime(held) {}
    }
  }

  @Test func aFullDiskIsFoundFirst() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in .file(Self.bytes, for: request) }
      var policy = hasty
      policy.freeSpace = { _ in 299_999 }
      #expect(throws: DownloadError.noSpace(path: folder, needed: 300_000, free: 299_999)) {
        _ = try Trial(try file(Self.bytes, at: [server.address]), to: folder, policy: policy)
      }
      #expect(server.requests.isEmpty)
      // The catalog's length is rough: the server's counts.
      let item = DownloadItem(
        name: "file", title: "", file: "file.bin", addresses: [server.address],
        checksum: try checksum(of: Self.bytes), bytes: 200_000)
      #expect(throws: DownloadError.noSpace(path: "\(folder)/file.bin", needed: 300_000, free: 299_999)) {
        _ = try Trial(item, to: folder, policy: policy)
      }
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test(arguments: [
    (FileChecksum.Algorithm.md5, "900150983cd24fb0d6963f7d28e17f72"),
    (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func checksumsAreThoseOfTheStandards(algorithm: FileChecksum.Algorithm, digits: String) throws {
    try withTemporaryFolder { folder in
      try Data("abc".utf8).write(to: URL(filePath: "\(folder)/abc"))
      #expect(try FileChecksum(algorithm, of: "\(folder)/abc") == FileChecksum(algorithm, digits.uppercased()))
    }
  }
}
