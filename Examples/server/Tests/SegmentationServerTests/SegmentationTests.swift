import Foundation
import Tessera
import Testing

@testable import SegmentationServer

@Suite struct SegmentationTests {
  @Test func everyFormSaysTheSame() async throws {
    let image = picture()
    let mask = brightness(image)
    try await withServer { server in
      let file = try image.encoded(as: .png)
      let indices = try await server.segment(file)
      #expect(indices.status == 200 && indices.headers["content-type"] == "image/png")
      #expect(try Mask(decoding: indices.body, name: "a", labelSpace: classes) == mask)

      let summary = try await server.segment(file, accept: "application/json")
      #expect(summary.headers["content-type"] == "application/json")
      #expect(try JSONDecoder().decode(MaskSummary.self, from: Data(summary.body)) == MaskSummary(of: mask))
      #expect(
        String(decoding: summary.body, as: UTF8.self)
          == ##"{"classes":[{"color":"#faf000","index":1,"name":"bright","pixels":1600,"share":0.6666666666666666},"##
          + ##"{"color":"#0a141e","index":0,"name":"dark","pixels":800,"share":0.3333333333333333}],"##
          + ##""height":40,"width":60}"##)

      for (query, opacity) in [("", 0.5), ("?opacity=0", 0), ("?opacity=1", 1)] {
        let overlay = try await server.segment(file, accept: "image/jpeg", query: query)
        #expect(overlay.headers["content-type"] == "image/jpeg")
        #expect(overlay.body == (try mask.overlaid(on: image, opacity: opacity).encoded(as: .jpeg())))
      }
    }
  }

  @Test func uprightSizeCounts() async throws {
    // A JPEG that says that it is to be turned: EXIF with orientation 6.
    let jpeg = try picture(width: 60, height: 40).encoded(as: .jpeg())
    let exif: [UInt8] =
      [0xFF, 0xE1, 0, 34] + Array("Exif\0\0MM\0*\0\0\0\u{8}".utf8) + [0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
      + [0, 0, 0, 0]
    try await withServer { server in
      let answer = try await server.segment(jpeg[..<2] + exif + jpeg[2...], accept: "application/json")
      let summary = try JSONDecoder().decode(MaskSummary.self, from: Data(answer.body))
      #expect((summary.width, summary.height) == (40, 60))
    }
  }

  @Test func aConnectionServesManyRequests() async throws {
    let file = try picture().encoded(as: .jpeg())
    try await withServer { server in
      let connection = try RawConnection(port: server.port)
      for _ in 0..<20 {
        let answer = try await server.request(on: connection, "POST", "/v1/segment", body: file)
        #expect(answer.status == 200 && answer.headers["connection"] != "close")
        let times = try #require(answer.headers["server-timing"])
        #expect(
          times.split(separator: ", ").map { $0.prefix { $0 != ";" } } == [
            "upload", "wait", "decode", "network", "encode",
          ])
      }
      #expect(try await server.request(on: connection, "GET", "/health").body == Array(#"{"status":"ok"}"#.utf8))
      #expect(try await server.request(on: connection, "HEAD", "/health").status == 200)
    }
  }

  @Test func anUploadMayComeInChunksOfUnknownNumber() async throws {
    let file = try picture().encoded(as: .png)
    try await withServer { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(head("POST", "/v1/segment", ["Transfer-Encoding: chunked"]))
      for start in stride(from: 0, to: file.count, by: 50) {
        let piece = file[start..<min(file.count, start + 50)]
        await connection.send(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8))
      }
      await connection.send("0\r\n\r\n")
      #expect(try await connection.answer().status == 200)
    }
  }

  @Test func clientsThatAskFirstAreToldToGoOn() async throws {
    let file = try picture().encoded(as: .png)
    try await withServer { server in
      let connection = try RawConnection(port: server.port)
      await connection.send(
        head("POST", "/v1/segment", ["Expect: 100-continue", "Content-Length: \(file.count)"]))
      #expect(try await connection.answer().status == 100)
      await connection.send(file)
      #expect(try await connection.answer().status == 200)
    }
  }

  @Test func whatIsNoPictureIsRefusedInWords() async throws {
    let png = try picture().encoded(as: .png)
    var damaged = png
    damaged[damaged.count / 2] ^= 0xFF
    let cases: [(body: [UInt8], headers: [String], status: Int, detail: String)] = [
      ([], [], 415, "picture: is not a \(names) picture but an empty file; copy or download it again"),
      (Array("GIF89a".utf8), [], 415, "picture: is not a \(names) picture but a GIF; convert it or remove it"),
      (Array(png.prefix(60)), [], 422, "picture: the file ends before its picture does; copy or download it again"),
      (damaged, [], 422, "picture: the file is damaged ("),
      (
        png, ["Content-Type: multipart/form-data; boundary=a"], 415,
        "The body must be the picture's file itself, not a form"
      ),
      (png, ["Content-Encoding: gzip"], 415, "The body must be the picture's file itself, without Content-Encoding"),
      (png, ["Accept: text/html"], 406, "A mask can be sent as image/png, image/jpeg, application/json"),
    ]
    try await withServer { server in
      for (body, headers, status, detail) in cases {
        let answer = try await server.request("POST", "/v1/segment", headers: headers, body: body)
        #expect(answer.status == status)
        #expect(answer.detail.hasPrefix(detail), "\(answer.detail)")
        #expect(answer.headers["content-type"] == "application/problem+json")
      }
      for query in ["?opacity=2", "?opacity=much", "?opacity=nan"] {
        #expect(try await server.segment(png, query: query).status == 400)
      }
    }
  }

  /// A proxy that keeps a path for itself need not know of others that mean the same.
  @Test(arguments: ["/v2", "/metrics/", "//metrics", "/v1//model", "/v1/segment/", "/page.css/", "/%6detrics"])
  func pathsHaveOneSpelling(path: String) async throws {
    try await withServer { server in
      for method in ["GET", "POST"] {
        let answer = try await server.request(method, path, body: [])
        #expect(answer.status == 404 && answer.detail.hasPrefix("There is no \(path); "), "\(answer.detail)")
      }
    }
  }

  @Test func otherMethodsAreToldWhichThereAre() async throws {
    try await withServer { server in
      for (method, path, allowed) in [
        ("GET", "/v1/segment", "POST"), ("PUT", "/v1/segment", "POST"), ("HEAD", "/v1/segment", "POST"),
        ("POST", "/health", "GET, HEAD"), ("OPTIONS", "/", "GET, HEAD"), ("TRACE", "/metrics", "GET, HEAD"),
      ] {
        let answer = try await server.request(method, path)
        #expect(answer.status == 405 && answer.headers["allow"] == allowed)
        #expect(method == "HEAD" || answer.detail == "\(path) does not take \(method); it takes \(allowed).")
      }
    }
  }

  @Test(arguments: ["HTTP/1.0\r\n", "HTTP/1.1\r\nConnection: Close\r\n", "HTTP/1.1\r\nConnection: close\r\n"])
  func connectionsEndWhereClientsWantIt(version: String) async throws {
    try await withServer { server in
      let connection = try RawConnection(port: server.port)
      await connection.send("GET /health \(version)\r\n")
      let start = ContinuousClock.now
      let answer = try #require(Answer(await connection.bytes { _ in false }))
      #expect(answer.status == 200 && answer.isComplete)
      // Unasked, after the server's patience of 35 s, or that of the test.
      #expect(ContinuousClock.now - start < .seconds(15))
    }
  }

  private var names: String {
    let formats = ModelDescription.formats.map {
      ["image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF"][$0] ?? "WebP"
    }
    return formats.dropLast().joined(separator: ", ") + " or \(formats.last!)"
  }

  @Test func aMistakeIsLoggedAndNotShown() async throws {
    struct Mistake: Error {}
    let file = try picture().encoded(as: .png)
    let fails: @Sendable (Image) async throws -> Mask = { _ in throw Mistake() }
    try await withServer(predict: fails) { server in
      let answer = try await server.segment(file)
      #expect(answer.status == 500)
      #expect(answer.detail == "The server made a mistake; its log says which.")
    }
  }

  @Test func metricsCountWhatHappened() async throws {
    let file = try picture().encoded(as: .png)
    try await withServer { server in
      for _ in 0..<3 { _ = try await server.segment(file) }
      _ = try await server.segment([])
      let answer = try await server.request("GET", "/metrics")
      #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
      func value(_ name: String) -> Double? {
        lines.first { $0.hasPrefix("\(name) ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
      }
      #expect(value(#"tessera_requests_total{status="200"}"#) == 3)
      #expect(value(#"tessera_requests_total{status="415"}"#) == 1)
      #expect(value("tessera_segmented_pixels_total") == 7200)
      #expect(value(#"tessera_stage_seconds_count{stage="network"}"#) == 3)
      #expect(
        value("tessera_passes") == 0 && value("tessera_waiting_requests") == 0 && value("tessera_upload_bytes") == 0)
      #if os(Linux)
        #expect(try #require(value("process_resident_memory_bytes")) > 1e6)
      #endif
      #expect(lines.allSatisfy { $0.hasPrefix("# ") || $0.split(separator: " ").count == 2 })
    }
  }
}
