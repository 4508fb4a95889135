import Foundation
import Tessera
import Testing

@testable import SegmentationServer

/// What clients cannot do to the server, however many and however rude they are.
@Suite struct BoundsTests {
  private func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
    var limits = ServerLimits()
    change(&limits)
    return limits
  }

  @Test func tooManyBytesAreRefusedBeforeTheyAreSent() async throws {
    try await withServer(limits { $0.bytes = 2000 }) { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(head("POST", "/v1/segment", ["Content-Length: 1000000000000"]))
      let answer = try await connection.answer()
      #expect(answer.status == 413 && answer.headers["connection"] == "close")
      #expect(answer.detail == "The file has more than 2000 bytes; send a smaller or more compressed picture.")
      // Whoever goes on sending is cut off.
      try await eventually("the connection is closed") { server.server.uploads.bytes == 0 }
      #expect(await connection.isEnded())
    }
  }

  @Test func tooManyBytesOfUnknownNumberAreRefusedAsTheyCome() async throws {
    try await withServer(limits { $0.bytes = 2000 }) { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(head("POST", "/v1/segment", ["Transfer-Encoding: chunked"]))
      let chunk = "3e8\r\n" + String(repeating: "x", count: 1000) + "\r\n"
      for _ in 0..<3 { await connection.send(chunk) }
      #expect(try await connection.answer().status == 413)
      #expect(server.server.uploads.bytes == 0)
    }
  }

  /// Otherwise a byte now and then would keep the connection forever.
  @Test func aBodyThatNobodyWantsEndsTheConnection() async throws {
    try await withServer { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(head("GET", "/health", ["Content-Length: 1000000"]) + "some of it")
      let answer = try await connection.answer()
      #expect(answer.status == 200 && answer.headers["connection"] == "close")
      #expect(await connection.isEnded())
      // One that has arrived is no reason.
      let other = try await server.request("GET", "/health", body: Array("all of it".utf8))
      #expect(other.status == 200 && other.headers["connection"] == nil)
    }
  }

  @Test(arguments: ["zz\r\nabc\r\n", "1\r\nabc\r\n", "100000000000000000\r\nabc\r\n"])
  func aBodyThatIsNoHTTPIsRefused(chunk: String) async throws {
    try await withServer { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(head("POST", "/v1/segment", ["Transfer-Encoding: chunked"]) + chunk)
      let answer = try await connection.answer()
      #expect(answer.status == 400 && answer.detail.hasPrefix("The request's body is no HTTP ("), "\(answer.detail)")
      #expect(answer.headers["connection"] == "close" && server.server.uploads.bytes == 0)
    }
  }

  @Test func tooManyPixelsAreRefusedBeforeTheyAreDecoded() async throws {
    // 4000 x 3000 pixels of one color are 36 MB in a file of 50 KB.
    let bomb = try Image(width: 4000, height: 3000, color: .white).encoded(as: .png(compression: 9))
    #expect(bomb.count < 60_000)
    try await withServer(limits { $0.pixels = 11_999_999 }) { server in
      let answer = try await server.segment(bomb)
      #expect(answer.status == 413)
      #expect(
        answer.detail == "picture: 4000 x 3000 pixels are more than the limit of 11999999; scale the picture down")
    }
  }

  /// What networks pad takes memory, too: 16,385 pixels in one row as much as a million.
  @Test(arguments: [(1 << 14, 1), (1, 1 << 14)])
  func aThinPictureCountsAsTheNetworkSeesIt(width: Int, height: Int) async throws {
    try await withServer(limits { $0.pixels = 1 << 20 }) { server in
      let longest = try Image(width: width, height: height, color: .white).encoded(as: .png)
      #expect(try await server.segment(longest).status == 200)
      let (width, height) = width > height ? (width + 1, height) : (width, height + 1)
      let answer = try await server.segment(try Image(width: width, height: height, color: .white).encoded(as: .png))
      #expect(answer.status == 413)
      #expect(
        answer.detail == "picture: \(width) x \(height) pixels take as much as \(max(width, 64)) x \(max(height, 64)), "
          + "which are more than the limit of 1048576; send a part of the picture")
    }
  }

  @Test func whoFindsTheQueueFullIsToldWhenToComeBack() async throws {
    let file = try picture().encoded(as: .png)
    let gate = Gate()
    try await withServer(limits { $0.queue = 2 }, predict: gate.predict) { server in
      let queue = server.server.queue
      try await withThrowingTaskGroup(of: Answer.self) { group in
        for number in 0..<3 {
          group.addTask { try await server.segment(file) }
          try await eventually("in the queue") { queue.counts == (1, number) }
        }
        let refused = try await server.segment(file)
        #expect(refused.status == 429 && refused.headers["retry-after"] == "1")
        #expect(refused.detail == "The server is busy: 1 picture is computed and 2 wait; try again in 1 s.")
        gate.open()
        for try await answer in group { #expect(answer.status == 200) }
      }
      #expect(try await server.segment(file).status == 200)
    }
  }

  @Test func aMaskThatTakesTooLongIsGivenUp() async throws {
    let file = try picture().encoded(as: .png)
    let gate = Gate()
    try await withServer(limits { $0.timeout = .milliseconds(300) }, predict: gate.predict) { server in
      let queue = server.server.queue
      async let waiting = server.segment(file)
      try await eventually("it runs") { queue.counts == (1, 0) }
      let (one, other) = try await (server.segment(file), waiting)
      for answer in [one, other] {
        #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
        #expect(answer.detail.hasPrefix("The mask was not finished within "))
      }
      #expect(queue.counts == (0, 0))
      #expect(gate.arrived == gate.cancelled)
      gate.open()
      #expect(try await server.segment(file).status == 200)
    }
  }

  @Test func anUploadThatTakesTooLongIsGivenUp() async throws {
    try await withServer(limits { $0.timeout = .milliseconds(300) }) { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(head("POST", "/v1/segment", ["Content-Length: 5000"]) + String(repeating: "x", count: 1000))
      try await eventually("some of it arrived") { server.server.uploads.bytes == 1000 }
      let answer = try await connection.answer()
      #expect(answer.status == 408 && answer.headers["connection"] == "close")
      #expect(server.server.uploads.bytes == 0)
    }
  }

  @Test(arguments: [true, false])
  func anAbortedUploadLeavesNothing(isReset: Bool) async throws {
    try await withServer { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(
        head("POST", "/v1/segment", ["Content-Length: 100000"]) + String(repeating: "x", count: 5000))
      try await eventually("some of it arrived") { server.server.uploads.bytes == 5000 }
      isReset ? connection.reset() : connection.close()
      try await eventually("it is forgotten") { server.server.uploads.bytes == 0 }
      #expect(server.server.queue.counts == (0, 0))
    }
  }

  @Test(arguments: [true, false])
  func whoHangsUpIsNotComputedFor(isReset: Bool) async throws {
    let file = try picture().encoded(as: .png)
    let gate = Gate()
    try await withServer(predict: gate.predict) { server in
      let queue = server.server.queue
      var connections: [RawConnection] = []
      for number in 0..<3 {
        let connection = try RawConnection(port: server.port)
        await connection.send(head("POST", "/v1/segment", ["Content-Length: \(file.count)"]))
        await connection.send(file)
        connections.append(connection)
        try await eventually("in the queue") { queue.counts == (1, number) }
      }
      isReset ? connections[1].reset() : connections[1].close()
      try await eventually("it does not wait any more") { queue.counts == (1, 1) }
      isReset ? connections[0].reset() : connections[0].close()
      try await eventually("the next one runs") { queue.counts == (1, 0) && gate.arrived == 2 }
      #expect(gate.cancelled == 1)
      gate.open()
      #expect(try await connections[2].answer().status == 200)
      let metrics = try await server.request("GET", "/metrics")
      #expect(String(decoding: metrics.body, as: UTF8.self).contains(#"tessera_requests_total{status="499"} 2"#))
    }
  }

  @Test func uploadsTogetherTakeBoundedMemory() async throws {
    try await withServer(limits { ($0.bytes, $0.queue) = (3000, 1) }) { server in
      // Two times 3000 bytes fit, and each of three slow clients has sent 2500.
      var connections: [RawConnection] = []
      for number in 1...2 {
        let connection = try RawConnection(port: server.port)
        await connection.send(
          head("POST", "/v1/segment", ["Content-Length: 3000"]) + String(repeating: "x", count: 2500))
        connections.append(connection)
        try await eventually("it arrived") { server.server.uploads.bytes == 2500 * number }
      }
      let third = try RawConnection(port: server.port)
      await third.send(head("POST", "/v1/segment", ["Content-Length: 3000"]) + String(repeating: "x", count: 2500))
      let answer = try await third.answer()
      #expect(answer.status == 429 && answer.headers["retry-after"] == "1")
      #expect(answer.detail == "The server is busy: uploads take all of their memory; try again in a moment.")
    }
  }

  @Test func anAnswerThatNobodyReadsIsGivenUp() async throws {
    // Noise, whose overlay is larger than what systems keep for a connection.
    var random = RandomStream(seed: 1)
    let noise = Image(
      width: 2600, height: 2000, channels: 3, pixels: (0..<15_600_000).map { _ in UInt8(random.uniform(in: 0..<255)) })
    let file = try noise.encoded(as: .jpeg(quality: 60))
    try await withServer(limits { $0.timeout = .seconds(2) }) { server in
      let connection = try RawConnection(port: server.port, receiveBuffer: 4096)
      await connection.send(
        head("POST", "/v1/segment", ["Accept: image/jpeg", "Content-Length: \(file.count)"]))
      await connection.send(file)
      // Nothing is read until the server has lost its patience.
      try await Task.sleep(for: .milliseconds(3500))
      let bytes = await connection.bytes { Answer($0)?.isComplete ?? false }
      let answer = try #require(Answer(bytes))
      #expect(answer.status == 200 && !answer.isComplete)
      #expect(answer.body.count < 5_000_000)
    }
  }

  @Test func headersAreBounded() async throws {
    try await withServer { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(head("GET", "/health", ["Cookie: \(String(repeating: "x", count: 20_000))"]))
      let bytes = await connection.bytes { _ in false }
      #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 4"))
    }
  }
}
