import Foundation
import Tessera
import Testing

@testable import SegmentationServer

/// The description of the API, compared with what the server does.
@Suite struct OpenAPITests {
  private typealias Object = [String: Any]

  private func description() throws -> Object {
    try #require(try JSONSerialization.jsonObject(with: Data(PackageResources.openapi_json)) as? Object)
  }

  private func emptyServer(host: String = "127.0.0.1") -> SegmentationServer {
    SegmentationServer(
      model: ModelDescription(
        network: "", parameters: 0, width: 1, height: 1, classes: [], void: nil, formats: [],
        limits: .init(bytes: 1, pixels: 1, seconds: 1)), limits: ServerLimits(), host: host, predict: brightness)
  }

  @Test func routesAreThoseOfTheServer() throws {
    let page = ["/", "/page.css", "/page.js"]
    let routes = emptyServer().router.routes.map { "\($0.method) \($0.path)" }.filter { route in
      !page.contains { "GET \($0)" == route }
    }
    let paths = try #require(try description()["paths"] as? [String: Object])
    let described = paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
    #expect(Set(routes) == Set(described))
  }

  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1:80"), ("localhost", "localhost:80"), ("::1", "[::1]:80"), ("::", "[::]:80"),
  ])
  func addressesAreThoseOfURLs(host: String, address: String) {
    #expect(emptyServer(host: host).address(80) == address)
  }

  /// Every answer that is described is provoked, and has the type, the schema and the headers that are described.
  @Test func answersAreAsDescribed() async throws {
    let api = try description()
    let paths = try #require(api["paths"] as? [String: [String: Object]])
    let components = try #require((api["components"] as? Object)?["schemas"] as? Object)
    var expected: Set<String> = []
    for (path, methods) in paths {
      for (method, operation) in methods {
        for (status, response) in try #require(operation["responses"] as? [String: Object]) {
          for type in try #require(response["content"] as? Object).keys {
            expected.insert("\(method.uppercased()) \(path) \(status) \(type)")
          }
        }
      }
    }
    var seen: Set<String> = []
    func check(_ method: String, _ path: String, _ answer: Answer) throws {
      let type = try #require(answer.headers["content-type"]).prefix { $0 != ";" }
      let what = "\(method) \(path) \(answer.status) \(type)"
      seen.insert(what)
      let responses = paths[path]?[method.lowercased()]?["responses"] as? [String: Object]
      let response = try #require(responses?["\(answer.status)"], "\(what) is not described")
      let content = try #require((response["content"] as? Object)?[String(type)] as? Object, "\(what) is not described")
      for (name, header) in response["headers"] as? [String: Object] ?? [:] where header["required"] as? Bool == true {
        let value = try #require(answer.headers[name.lowercased()], "\(what) lacks \(name)")
        let isNumber = (header["schema"] as? Object)?["type"] as? String == "integer"
        #expect(!isNumber || Int(value) ?? 0 >= 1, "\(what): \(name) is \(value)")
      }
      if type.hasSuffix("json"), let schema = content["schema"] as? Object {
        let value = try JSONSerialization.jsonObject(with: Data(answer.body))
        #expect(Schema(schema, components: components).faults(of: value).isEmpty, "\(what)")
      }
    }

    let (png, gate) = (try picture().encoded(as: .png), Gate())
    var limits = ServerLimits()
    (limits.queue, limits.timeout, limits.bytes) = (0, .milliseconds(500), 10_000)
    try await withServer(limits, predict: gate.predict) { server in
      // The gate is closed: this one takes too long, and the next finds no room.
      async let late = server.segment(png)
      try await eventually("it runs") { server.server.queue.counts == (1, 0) }
      try check("POST", "/v1/segment", try await server.segment(png))
      try check("POST", "/v1/segment", try await late)
      gate.open()
      for form in MaskForm.allCases {
        try check("POST", "/v1/segment", try await server.segment(png, accept: form.rawValue))
      }
      let slow = try RawConnection(port: server.port)
      await slow.send(head("POST", "/v1/segment", ["Content-Length: 10"]))
      try check("POST", "/v1/segment", try await slow.answer())
      try check("POST", "/v1/segment", try await server.segment(png, query: "?opacity=2"))
      try check("POST", "/v1/segment", try await server.segment(png, accept: "text/html"))
      try check("POST", "/v1/segment", try await server.segment([UInt8](repeating: 0, count: 10_001)))
      try check("POST", "/v1/segment", try await server.segment(Array("GIF89a".utf8)))
      try check("POST", "/v1/segment", try await server.segment(Array(png.prefix(60))))
      for path in paths.keys where path != "/v1/segment" {
        try check("GET", path, try await server.request("GET", path))
      }
    }
    #expect(seen == expected)
  }

  @Test func theCheckFindsFaults() throws {
    let components = try #require((try description()["components"] as? Object)?["schemas"] as? Object)
    let schema = Schema(["$ref": "#/components/schemas/Summary"], components: components)
    func faults(_ json: String) throws -> [String] {
      schema.faults(of: try JSONSerialization.jsonObject(with: Data(json.utf8))).sorted()
    }
    #expect(try faults(#"{"width": 1, "height": 2, "classes": []}"#) == [])
    #expect(
      try faults(#"{"width": 0, "height": 1.5}"#) == [
        "$ lacks classes", "$.height is no integer", "$.width is below 1",
      ])
    #expect(
      try faults(
        #"{"width": 1, "height": 2, "more": 3, "classes": [{"index": 0, "name": 1, "color": "red", "pixels": 2, "share": 2}]}"#
      )
        == [
          "$ has more", "$.classes[0].color is red", "$.classes[0].name is no string", "$.classes[0].share is above 1",
        ])
  }
}
