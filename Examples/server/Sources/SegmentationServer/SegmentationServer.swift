import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Tessera
import TesseraONNXImport

/// A page and an API for the masks of a network.
///
/// ```swift
/// let server = SegmentationServer(predictor: try Predictor(checkpoint: "best.safetensors"))
/// try await server.run()   // until SIGTERM, which finishes the requests that run
/// ```
public struct SegmentationServer: Sendable {
  let limits: ServerLimits
  let model: ModelDescription
  let queue: PassQueue
  let uploads: UploadMemory
  let metrics: ServerMetrics
  private let segmenter: Segmenter
  private let compute: ComputeContext
  private let host: String
  private let port: Int

  /// - Parameters:
  ///   - predictor: a network of pictures with three channels.
  ///   - limits: what requests may take; `predictor.sideBySide` should not be less than theirs.
  ///   - host: the address to listen on.
  ///   - port: 0 for any that is free.
  public init(
    predictor: Predictor, limits: ServerLimits = ServerLimits(), host: String = "127.0.0.1", port: Int = 8080
  ) {
    self.init(model: ModelDescription(predictor, limits), limits: limits, host: host, port: port) {
      try await predictor.queuedMask(for: $0)
    }
  }

  /// - Throws: what reading the checkpoint throws, or `UnsuitableNetworkError`.
  public init(_ options: ServerOptions) throws {
    let predictor = try Predictor(
      checkpoint: options.checkpoint, catalog: .standard.adding(ONNXNetwork.Configuration.self),
      sideBySide: options.sideBySide)
    let channels = predictor.model.normalization.channels
    guard channels == 3 else { throw UnsuitableNetworkError(file: options.checkpoint, channels: channels) }
    self.init(
      predictor: predictor, limits: options.limits(for: predictor), host: options.host, port: options.port)
  }

  init(
    model: ModelDescription, limits: ServerLimits, host: String = "127.0.0.1", port: Int = 0,
    predict: @escaping @Sendable (Image) async throws -> Mask
  ) {
    self.limits = limits
    self.model = model
    (self.host, self.port) = (host, port)
    queue = PassQueue(places: limits.sideBySide, capacity: limits.queue)
    uploads = UploadMemory(limit: limits.uploads)
    metrics = ServerMetrics(queue: queue, uploads: uploads)
    segmenter = Segmenter(pixelLimit: limits.pixels, predict: predict)
    compute = limits.threads.map { ComputeContext(threads: $0) } ?? ComputeContext()
  }

  /// Serves until SIGTERM or SIGINT; then no connection is accepted any more, and what runs is finished.
  ///
  /// - Throws: `AddressError` if the address cannot be listened on.
  public func run() async throws {
    do {
      try await application { channel in
        let port = channel.localAddress?.port ?? port
        let text = "\(model.network), \(model.classes.count) classes, on http://\(address(port))/\n"
        FileHandle.standardOutput.write(Data(text.utf8))
      }.runService()
    } catch let error as IOError {
      throw AddressError(address: address(port), reason: String(cString: strerror(error.errnoCode)))
    } catch is SocketAddressError.UnknownHost {
      throw AddressError(address: address(port), reason: "No such host")
    }
  }

  /// Host and port as a URL has them: brackets keep the colons of IPv6 apart from the port's (RFC 3986, section 3.2.2).
  func address(_ port: Int) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// - Parameter onStart: gets the channel that listens.
  func application(
    onStart: @escaping @Sendable (any Channel) async -> Void
  ) -> Application<RouterResponder<ServerContext>> {
    var logger = Logger(label: "tessera-server")
    logger.logLevel = .notice
    let patience = limits.timeout
    // A little later than an upload's own deadline, which can still say something.
    let idle = TimeAmount(patience + .seconds(5))
    return Application(
      router: router,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [ConnectionWatch(patience: patience)], idleTimeout: idle,
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 1 << 13, maxHeaderListSize: 1 << 14, maxHeaderFieldCount: 100))),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port),
        availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)),
      onServerRunning: onStart, logger: logger)
  }

  var router: Router<ServerContext> {
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: SafeAnswers(for: routes))
    for route in routes { router.on(RouterPath(route.path), method: route.method, use: route.answer) }
    return router
  }

  private var routes: [Route] {
    Asset.all.map { asset in Route(method: .get, path: asset.path) { _, _ in asset.response } } + [
      Route(method: .get, path: "/health") { _, _ in Self.json(["status": "ok"]) },
      Route(method: .get, path: "/metrics") { _, _ in
        Response(
          status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
          body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
      },
      Route(method: .get, path: "/v1/model") { _, _ in Self.json(model) },
      Route(method: .post, path: "/v1/segment") { try await segment($0, $1) },
    ]
  }

  private static func json(_ value: some Encodable) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(json: value))
  }
}

extension SegmentationServer {
  private func segment(_ request: Request, _ context: ServerContext) async throws -> Response {
    // As nginx counts it; nobody is left to read it.
    let gone = Problem(HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"), "The client hung up.")
    // A connection that has ended already has no handlers.
    guard let watch = try? await ConnectionWatch.of(context.channel) else {
      metrics.count(gone.status)
      throw gone
    }
    do {
      let response = try await watch.whileOpen { try await answer(request, on: context.channel) }
      metrics.count(.ok)
      return response
    } catch let problem as Problem {
      metrics.count(problem.status)
      throw problem
    } catch {
      guard watch.isClosed else {
        metrics.count(.internalServerError)
        throw error
      }
      metrics.count(gone.status)
      throw gone
    }
  }

  private func answer(_ request: Request, on channel: any Channel) async throws -> Response {
    let start = ContinuousClock.now
    let (form, opacity, upload) = try await received(request, on: channel)
    let complete = ContinuousClock.now
    let late = Problem(
      .serviceUnavailable, "The mask was not finished within \(limits.timeout.components.seconds) s; try again later.",
      retryAfter: Int(limits.timeout.components.seconds))
    let (answer, begin) = try await withDeadline(limits.timeout, else: late) {
      try await queue.run {
        let begin = ContinuousClock.now
        let answer = try await ComputeContext.$current.withValue(compute) {
          try await segmenter.answer(to: { upload.take() }, as: form, opacity: opacity)
        }
        return (answer, begin)
      }
    }
    let waits: [(stage: Segmenter.Stage, seconds: Double)] = [
      (.upload, (complete - start) / .seconds(1)), (.wait, (begin - complete) / .seconds(1)),
    ]
    let stages = waits + answer.stages
    metrics.record(stages, pixels: answer.pixels)
    var headers: HTTPFields = [.contentType: form.rawValue, .cacheControl: "no-store"]
    headers[.serverTiming] = stages.map { stage, seconds in
      "\(stage.rawValue);dur=\((seconds * 1e4).rounded() / 10)"
    }.joined(separator: ", ")
    return Response(status: .ok, headers: headers, body: ResponseBody(pieces: answer.bytes))
  }

  /// The upload of a request, and what is to be made of it.
  ///
  /// - Throws: 406, 400, 429, or what receiving the upload throws.
  private func received(_ request: Request, on channel: any Channel) async throws -> (MaskForm, Double, Upload) {
    guard let form = MaskForm(accepting: request.headers[.accept]) else {
      let forms = MaskForm.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(.notAcceptable, "A mask can be sent as \(forms); Accept must name one of these.")
    }
    let text = request.uri.queryParameters["opacity"].map(String.init) ?? "0.5"
    guard let opacity = Double(text), (0...1).contains(opacity) else {
      throw Problem(.badRequest, "The opacity must be a number in 0...1.")
    }
    try queue.checkRoom()
    return (form, opacity, try await Upload.receive(request, limits: limits, into: uploads, on: channel))
  }
}

extension HTTPField.Name {
  /// The times of an answer's stages, in milliseconds, as browsers show them (W3C Server Timing).
  fileprivate static let serverTiming = Self("Server-Timing")!
}
