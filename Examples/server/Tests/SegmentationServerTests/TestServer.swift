import Foundation
import ServiceLifecycle
import Synchronization
import Tessera
import Testing

@testable import SegmentationServer

/// A server on a port of its own, in the process of the tests.
struct TestServer: Sendable {
  let server: SegmentationServer
  let port: Int

  /// Sends a request on a connection of its own.
  func request(
    _ method: String, _ path: String, headers: [String] = [], body: [UInt8]? = nil
  ) async throws -> Answer {
    try await request(on: RawConnection(port: port), method, path, headers: headers, body: body)
  }

  func request(
    on connection: RawConnection, _ method: String, _ path: String, headers: [String] = [], body: [UInt8]? = nil
  ) async throws -> Answer {
    let length = body.map { ["Content-Length: \($0.count)"] } ?? []
    await connection.send(head(method, path, headers + length))
    if let body { await connection.send(body) }
    return try await connection.answer(toHead: method == "HEAD")
  }

  /// The mask of a picture's file.
  func segment(_ file: [UInt8], accept: String = "image/png", query: String = "") async throws -> Answer {
    try await request("POST", "/v1/segment\(query)", headers: ["Accept: \(accept)"], body: file)
  }
}

func head(_ method: String, _ path: String, _ headers: [String]) -> String {
  (["\(method) \(path) HTTP/1.1", "Host: localhost"] + headers + ["", ""]).joined(separator: "\r\n")
}

/// Runs `body` with a server, which is then shut down as by SIGTERM.
///
/// - Parameter predict: by default, bright pixels are class 1, others class 0.
func withServer(
  _ limits: ServerLimits = ServerLimits(), predict: @escaping @Sendable (Image) async throws -> Mask = brightness,
  _ body: (TestServer) async throws -> Void
) async throws {
  let server = SegmentationServer(model: description, limits: limits, predict: predict)
  let (ports, started) = AsyncStream<Int>.makeStream()
  let application = server.application { started.yield($0.localAddress?.port ?? 0) }
  let services = ServiceGroup(configuration: .init(services: [application], logger: application.logger))
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await services.run() }
    var result = Result<Void, any Error>.success(())
    for await port in ports {
      do { try await body(TestServer(server: server, port: port)) } catch { result = .failure(error) }
      await services.triggerGracefulShutdown()
      break
    }
    // Thrown earlier, a failure would cancel the server while it shuts down: it then closes its port twice and says so.
    try await group.waitForAll()
    try result.get()
  }
}

let classes = LabelSpace(
  classes: [
    .init(name: "dark", color: Color(10, 20, 30)), .init(name: "bright", color: Color(250, 240, 0)),
    .init(name: "never", color: Color(1, 2, 3)),
  ], void: nil)

private let description = ModelDescription(
  network: "Brightness", parameters: 0, width: 32, height: 32,
  classes: classes.classes.enumerated().map { index, entry in
    .init(index: index, name: entry.name, color: entry.color.description)
  }, void: nil, formats: ModelDescription.formats, limits: .init(bytes: 1, pixels: 1, seconds: 1))

@Sendable func brightness(_ image: Image) -> Mask {
  let indices = (0..<image.width * image.height).map { UInt16(image.pixels[$0 * image.channels] > 127 ? 1 : 0) }
  return Mask(width: image.width, height: image.height, indices: indices, labelSpace: classes)
}

/// A picture whose left third is dark.
func picture(width: Int = 60, height: Int = 40) -> Image {
  let pixels = (0..<width * height * 3).map { UInt8($0 / 3 % width < width / 3 ? 20 : 200) }
  return Image(width: width, height: height, channels: 3, pixels: pixels)
}

/// Holds passes until it is opened.
final class Gate: Sendable {
  struct State {
    var isOpen = false
    var arrived = 0
    var cancelled = 0
  }
  private let state = Mutex(State())

  var arrived: Int { state.withLock { $0.arrived } }
  var cancelled: Int { state.withLock { $0.cancelled } }

  func open() { state.withLock { $0.isOpen = true } }

  func pass() async throws {
    state.withLock { $0.arrived += 1 }
    do {
      while !state.withLock(\.isOpen) { try await Task.sleep(for: .milliseconds(1)) }
    } catch {
      state.withLock { $0.cancelled += 1 }
      throw error
    }
  }

  /// A network that waits at the gate.
  var predict: @Sendable (Image) async throws -> Mask {
    { image in
      try await self.pass()
      return brightness(image)
    }
  }
}

/// Waits until something is so, for ten seconds at most.
func eventually(
  _ what: Comment, _ condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let end = ContinuousClock.now + .seconds(10)
  while !condition() {
    try #require(ContinuousClock.now < end, what, sourceLocation: sourceLocation)
    try await Task.sleep(for: .milliseconds(2))
  }
}
