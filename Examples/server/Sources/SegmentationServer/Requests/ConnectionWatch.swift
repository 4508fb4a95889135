import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Synchronization

/// Watches one connection, so that none outlives its client's interest.
///
/// A client that hangs up ends the work for it. One that does not read its answer is cut off, and so is one that goes on
/// sending a request that was answered before its end.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler, Sendable {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private struct State {
    var isClosed = false
    /// The requests that have arrived to their ends, and the answers that have begun.
    var requests = 0
    var answers = 0
    /// Whether the connection ends with the answer that is sent, because the rest of its request is not read.
    var endsAfterAnswer = false
    var cancelWork: (@Sendable () -> Void)?
    var stall: Scheduled<Void>?
  }

  /// How long a client may read after it was told that the connection ends: closed at once, a client that still sends
  /// would not see the answer.
  private static let lingering = TimeAmount.seconds(2)

  private let patience: TimeAmount
  private let state = Mutex(State())

  /// - Parameter patience: how long the answer may wait to be read.
  init(patience: Duration) { self.patience = TimeAmount(patience) }

  /// Whether the client hung up, or was cut off.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// The watch of a connection.
  static func of(_ channel: any Channel) async throws -> ConnectionWatch {
    try await channel.pipeline.handler(type: ConnectionWatch.self).get()
  }

  /// Runs `work`, and cancels it if the client hangs up.
  func whileOpen<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let task = Task(operation: work)
    let isClosed = state.withLock { state in
      state.cancelWork = { task.cancel() }
      return state.isClosed
    }
    if isClosed { task.cancel() }
    defer { state.withLock { $0.cancelWork = nil } }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// A client's wish to end the connection, in the one form that the server heeds: HTTP/1.0 does not say it, and letters
  /// may be large.
  private final class CloseHeader: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard case .head(var head) = unwrapInboundIn(data), !head.isKeepAlive else {
        return context.fireChannelRead(data)
      }
      head.headers.replaceOrAdd(name: "Connection", value: "close")
      context.fireChannelRead(wrapInboundOut(.head(head)))
    }
  }

  /// Only what stands before the codec sees a request's version.
  func handlerAdded(context: ChannelHandlerContext) {
    let pipeline = context.pipeline.syncOperations
    guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
    try? pipeline.addHandler(CloseHeader(), position: .before(codec))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .end = unwrapInboundIn(data) { state.withLock { $0.requests += 1 } }
    context.fireChannelRead(data)
  }

  /// Half of a connection is no client that waits: its end of the wire is gone.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    let (cancelWork, stall) = state.withLock { state in
      state.isClosed = true
      return (state.cancelWork, state.stall)
    }
    cancelWork?()
    stall?.cancel()
    context.fireChannelInactive()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    let stall = context.channel.isWritable ? nil : closing(context, in: patience)
    let earlier = state.withLock { state in
      defer { state.stall = stall }
      return state.stall
    }
    earlier?.cancel()
    context.fireChannelWritabilityChanged()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where head.status.kind != .informational:
      let isEarly = state.withLock { state in
        state.answers += 1
        state.endsAfterAnswer = state.answers > state.requests
        return state.endsAfterAnswer
      }
      if isEarly { head.headerFields[.connection] = "close" }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      context.write(data, promise: promise)
      if state.withLock(\.endsAfterAnswer) { _ = closing(context, in: Self.lingering) }
    case .head, .body: context.write(data, promise: promise)
    }
  }

  private func closing(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }
}
