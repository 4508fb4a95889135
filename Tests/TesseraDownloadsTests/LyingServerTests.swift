import Foundation
import TesseraDownloads
import TestSupport
import Testing

/// Downloads from servers that say what is not so.
@Suite struct LyingServerTests {
  static let bytes = noise(300_000)
  static let others = noise(300_000, seed: 2)

  @Test func aServerThatIgnoresRangesSendsTheWholeFileAgain() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { _, number in
        TestServer.Reply(body: Self.bytes).cut(after: number == 0 ? 100_000 : 300_000)
      }
      let trial = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(server.requests.map(\.rangeStart) == [nil, 100_000])
      #expect(trial.story.last == "starting over: the server sends the whole file")
    }
  }

  @Test(arguments: [true, false]) func aFileThatIsShorterThanAnnouncedIsTaken(knowsRanges: Bool) throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, _ in
        var reply = knowsRanges ? TestServer.Reply.file(Self.bytes, for: request) : .init(body: Self.bytes)
        if reply.status.hasPrefix("200") { reply.claimedLength = 310_000 }
        return reply
      }
      _ = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(server.requests.count == 2)
    }
  }

  @Test func aFileThatIsLongerThanAnnouncedIsNotTheFile() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { _, _ in
        var reply = TestServer.Reply(body: Self.bytes)
        reply.claimedLength = 200_000
        return reply
      }
      let found = try checksum(of: Array(Self.bytes.prefix(200_000)))
      let error = #expect(throws: DownloadError.self) {
        _ = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      }
      let expected = try checksum(of: Self.bytes).digits
      #expect(
        error?.description == "file.bin could not be downloaded: \(server.address): what it sent (200000 bytes) is not "
          + "the published file: its \(found) should be \(expected)")
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func aFileWithoutALengthIsTaken() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { _, _ in
        var reply = TestServer.Reply(body: Self.bytes)
        reply.claimedLength = -1
        return reply
      }
      let trial = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(trial.events.contains(.received(bytes: 300_000, total: nil)))
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
    }
  }

  @Test func anotherPartThanAskedForIsNotAppended() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        guard request.rangeStart != nil else {
          return TestServer.Reply.file(Self.bytes, for: request).cut(after: number == 0 ? 100_000 : 300_000)
        }
        return .init(
          "206 Partial Content", headers: ["Content-Range: bytes 50000-299999/300000"],
          body: Array(Self.bytes[50_000...]))
      }
      let trial = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(trial.story.contains("starting over: the server sends a different part than requested"))
    }
  }

  @Test(arguments: [
    "bytes 100000-299999/300001", "bytes 100000-", "bytes -1-5/9", "bytes 9-5/20", "lines 100000-299999/300000", "",
    "bytes 100000-300000/300000", "bytes */300000",
  ])
  func anUnfitContentRangeIsNotTrusted(range: String) throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        if request.rangeStart == nil {
          return .init(body: Self.bytes).cut(after: number == 0 ? 100_000 : 300_000)
        }
        return .init("206 Partial Content", headers: ["Content-Range: \(range)"], body: Array(Self.bytes[100_000...]))
      }
      let trial = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(trial.story.count { $0.hasPrefix("starting over: the server") } == 1)
      #expect(server.requests.map(\.rangeStart) == [nil, 100_000, nil])
    }
  }

  @Test func aFileThatChangedIsFetchedAnew() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        number == 0
          ? .file(Self.others, tag: "\"old\"", for: request).cut(after: 100_000)
          : .file(Self.bytes, tag: "\"new\"", for: request)
      }
      _ = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(server.requests.map { $0.headers["if-range"] } == [nil, "\"old\""])
    }
  }

  @Test func aFileThatChangedUnnoticedIsFoundByItsChecksum() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        number == 0
          ? .file(Self.others, tag: nil, for: request).cut(after: 100_000) : .file(Self.bytes, tag: nil, for: request)
      }
      let trial = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
      #expect(server.requests.map(\.rangeStart) == [nil, 100_000, nil])
      #expect(trial.story.contains { $0.hasPrefix("starting over: what it sent (300000 bytes) is not the published") })
    }
  }

  @Test func aServerThatIgnoresTheConditionIsFoundByItsTag() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        if number == 0 { return .file(Self.others, tag: "\"old\"", for: request).cut(after: 100_000) }
        guard let start = request.rangeStart else { return .file(Self.bytes, tag: "\"new\"", for: request) }
        return .init(
          "206 Partial Content", headers: ["ETag: \"new\"", "Content-Range: bytes \(start)-299999/300000"],
          body: Array(Self.bytes[start...]))
      }
      let trial = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(trial.story.contains("starting over: the server's file is a different one"))
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
    }
  }

  @Test func aShorterFileThanWhatIsThereStartsOver() throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        number == 0
          ? .file(noise(400_000, seed: 3), tag: nil, for: request).cut(after: 350_000)
          : .file(Self.bytes, tag: nil, for: request)
      }
      let trial = try Trial(try file(Self.bytes, at: [server.address]), to: folder)
      #expect(server.requests.map(\.rangeStart) == [nil, 350_000, nil])
      #expect(trial.story.contains("starting over: the server's file is a different one"))
      #expect(try contents("\(folder)/file.bin") == Self.bytes)
    }
  }

  @Test(arguments: [
    ["Content-Type: text/html; charset=utf-8"], ["Content-Type: application/zip"], [],
  ])
  func aPageOfErrorsReplacesNothing(headers: [String]) throws {
    try withTemporaryFolder { folder in
      let server = try TestServer { request, number in
        number == 0
          ? .file(Self.bytes, for: request).cut(after: 100_000)
          : .init(headers: headers, body: Array("\n<!DOCTYPE html><html>Pay for the network here".utf8))
      }
      let item = try file(Self.bytes, at: [server.address])
      let error = #expect(throws: DownloadError.self) { _ = try Trial(item, to: folder) }
      #expect(error?.description.hasSuffix("it sends a web page instead of the file") == true)
      #expect(try contents("\(folder)/file.bin.part") == Array(Self.bytes.prefix(100_000)))
    }
  }

  @Test func whatIsLongerThanTheFileEnds() throws {
    try withTemporaryFolder { folder in
      // Made beforehand: the server must not stall over it.
      let body = noise(2_000_000)
      let endless = try TestServer { _, _ in
        var reply = TestServer.Reply(body: body)
        reply.claimedLength = -1
        return reply
      }
      let huge = try TestServer { _, _ in
        var reply = TestServer.Reply(body: [1, 2, 3])
        reply.claimedLength = 1 << 50
        return reply
      }
      let empty = try TestServer { _, _ in .init() }
      let error = #expect(throws: DownloadError.self) {
        _ = try Trial(try file(Self.bytes, at: [endless.address, huge.address, empty.address]), to: folder)
      }
      let text = error?.description ?? ""
      #expect(text.contains(/it sends 6\d\d\d\d\d bytes or more, which the file does not have;/), "\(text)")
      #expect(text.contains("it sends 1125899906842624 bytes or more"))
      #expect(text.hasSuffix("it sends an empty file"))
    }
  }

  @Test func brokenHeadsAreNoCrash() throws {
    try withTemporaryFolder { folder in
      let servers = try [
        "200", "abc OK", "200 OK\r\nContent-Length: -7", "200 OK\r\nContent-Length: 99999999999999999999999",
        "206 Partial Content", "416 Range Not Satisfiable", "304 Not Modified", "302 Found",
        "302 Found\r\nLocation: http://[", "100 Continue",
      ].map { head in try TestServer { _, _ in .init(head) } }
      var policy = hasty
      policy.attempts = 1
      let error = #expect(throws: DownloadError.self) {
        _ = try Trial(try file(Self.bytes, at: servers.map(\.address)), to: folder, policy: policy)
      }
      guard case .noServer(_, let failures) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(failures.count == servers.count)
      #expect(try names(in: folder).isEmpty)
    }
  }
}
