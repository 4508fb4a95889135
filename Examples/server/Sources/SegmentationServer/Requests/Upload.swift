import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Synchronization

/// A picture's file that has arrived; its bytes count among those of all uploads until it is released.
final class Upload: Sendable {
  private let bytes: Mutex<[UInt8]>
  private let memory: UploadMemory

  fileprivate init(in memory: UploadMemory) {
    self.memory = memory
    bytes = Mutex([])
  }

  /// The bytes, which are then the caller's alone.
  func take() -> [UInt8] {
    bytes.withLock { bytes in
      defer { bytes = [] }
      memory.release(bytes.count)
      return bytes
    }
  }

  fileprivate func append(_ chunk: ByteBuffer, expected: Int?) throws {
    try memory.reserve(chunk.readableBytes)
    bytes.withLock { bytes in
      // Pages that nothing was written to take no memory.
      if bytes.isEmpty, let expected { bytes.reserveCapacity(expected) }
      bytes.append(contentsOf: chunk.readableBytesView)
    }
  }

  deinit { _ = take() }
}

/// The memory that all uploads together may take.
final class UploadMemory: Sendable {
  private let limit: Int
  private let held = Mutex(0)

  init(limit: Int) { self.limit = limit }

  /// The bytes that are held.
  var bytes: Int { held.withLock { $0 } }

  fileprivate func reserve(_ count: Int) throws {
    try held.withLock { held in
      guard held + count <= limit else {
        throw Problem(
          .tooManyRequests, "The server is busy: uploads take all of their memory; try again in a moment.",
          retryAfter: 1)
      }
      held += count
    }
  }

  fileprivate func release(_ count: Int) { held.withLock { $0 -= count } }
}

extension Upload {
  /// Receives the body of a request.
  ///
  /// - Throws: 413, 415, 400, 408 or 429, as soon as it is certain, or what reading from the connection throws.
  static func receive(
    _ request: Request, limits: ServerLimits, into memory: UploadMemory, on channel: any Channel
  ) async throws -> Upload {
    let expected = request.headers[.contentLength].flatMap { Int($0) }
    let tooLong = Problem(
      .contentTooLarge, "The file has more than \(limits.bytes) bytes; send a smaller or more compressed picture.")
    if let expected, expected > limits.bytes { throw tooLong }
    if let type = request.headers[.contentType], type.lowercased().hasPrefix("multipart/") {
      throw Problem(
        .unsupportedMediaType, "The body must be the picture's file itself, not a form: curl --data-binary @picture.jpg"
      )
    }
    if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
      throw Problem(.unsupportedMediaType, "The body must be the picture's file itself, without Content-Encoding.")
    }
    if request.headers[.expect]?.lowercased() == "100-continue" {
      try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
    }
    let late = Problem(
      .requestTimeout, "The picture did not arrive within \(limits.timeout.components.seconds) s; send it again.")
    return try await withDeadline(limits.timeout, else: late) {
      let upload = Upload(in: memory)
      var count = 0
      do {
        for try await chunk in request.body {
          count += chunk.readableBytes
          if count > limits.bytes { throw tooLong }
          try upload.append(chunk, expected: expected)
        }
      } catch let error as HTTPParserError {
        throw Problem(.badRequest, "The request's body is no HTTP (\(error)); send its length, or chunks with theirs.")
      }
      // A connection that ends early ends the sequence, too.
      try Task.checkCancellation()
      return upload
    }
  }
}
