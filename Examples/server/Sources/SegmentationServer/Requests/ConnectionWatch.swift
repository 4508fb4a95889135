import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Watches one connection, so that none outlives its client's interest.
///
/// A client that hangs up ends the work for it. One that does not read its answer, and one that goes on sending after it
/// was told that the connection ends, is cut off.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler, Sendable {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private struct State {
    var isClosed = false
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
    let endsNow = state.withLock { state in
      switch unwrapOutboundIn(data) {
      case .head(let head): state.endsAfterAnswer = head.headerFields[.connection] == "close"
      case .body: break
      case .end: return state.endsAfterAnswer
      }
      return false
    }
    context.write(data, promise: promise)
    if endsNow { _ = closing(context, in: Self.lingering) }
  }

  private func closing(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }
}
