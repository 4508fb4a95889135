import Foundation

/// A web server on this machine's own address that answers as it is told, honestly or not. Ends with its owner.
public final class TestServer: Sendable {
  public struct Request: Sendable {
    public let path: String
    /// By their names in small letters.
    public let headers: [String: String]

    /// Where the rest of a file is asked for.
    public var rangeStart: Int? {
      headers["range"].flatMap { $0.hasPrefix("bytes=") && $0.hasSuffix("-") ? Int($0.dropFirst(6).dropLast()) : nil }
    }
  }

  public struct Reply: Sendable {
    public var status: String
    public var headers: [String]
    public var body: [UInt8]
    /// What the head announces: the truth where it is `nil`, nothing where it is negative.
    public var claimedLength: Int?
    /// After so many bytes of the body nothing more comes.
    public var sentBytes: Int?
    /// Whether the connection stays open then.
    public var stalls = false

    public init(_ status: String = "200 OK", headers: [String] = [], body: [UInt8] = []) {
      (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// What an honest server answers with for a file: the part that is asked for, where the version is still that one.
    public static func file(_ bytes: [UInt8], tag: String? = "\"v1\"", for request: Request) -> Reply {
      let headers = tag.map { ["ETag: \($0)"] } ?? []
      let isSame = request.headers["if-range"].map { $0 == tag } ?? true
      guard isSame, let start = request.rangeStart else { return Reply(headers: headers, body: bytes) }
      guard start < bytes.count else {
        return Reply("416 Range Not Satisfiable", headers: ["Content-Range: bytes */\(bytes.count)"])
      }
      let range = "Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
      return Reply("206 Partial Content", headers: headers + [range], body: Array(bytes[start...]))
    }

    /// The same reply, cut after so many bytes.
    public func cut(after count: Int) -> Reply {
      var reply = self
      reply.sentBytes = count
      return reply
    }
  }

  private let socket: Int32
  /// Such as `http://127.0.0.1:40123`.
  public let address: String
  private let state: State

  /// Answers each request with what `answer` makes of it and its number, which counts from 0.
  public init(_ answer: @escaping @Sendable (Request, Int) -> Reply) throws {
    signal(SIGPIPE, SIG_IGN)
    socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = socket
    let isBound = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    address = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
    let state = State(answer)
    self.state = state
    Thread.detachNewThread {
      while true {
        let connection = accept(socket, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { state.serve(connection) }
      }
    }
  }

  deinit {
    state.stop()
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
  }

  /// All requests so far.
  public var requests: [Request] { state.requests }

  private final class State: @unchecked Sendable {
    private let lock = NSLock()
    private var seen: [Request] = []
    private var isStopped = false
    private let answer: @Sendable (Request, Int) -> Reply

    init(_ answer: @escaping @Sendable (Request, Int) -> Reply) { self.answer = answer }

    var requests: [Request] { lock.withLock { seen } }
    func stop() { lock.withLock { isStopped = true } }

    func serve(_ connection: Int32) {
      defer { close(connection) }
      var timeout = timeval(tv_sec: 5, tv_usec: 0)
      for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
        setsockopt(connection, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
      }
      guard let request = Self.request(from: connection) else { return }
      let number = lock.withLock {
        seen.append(request)
        return seen.count - 1
      }
      let reply = answer(request, number)
      var head = ["HTTP/1.1 \(reply.status)", "Connection: close"] + reply.headers
      let length = reply.claimedLength ?? reply.body.count
      if length >= 0 { head.append("Content-Length: \(length)") }
      send(Array((head + ["", ""]).joined(separator: "\r\n").utf8), to: connection)
      send(Array(reply.body.prefix(reply.sentBytes ?? reply.body.count)), to: connection)
      let end = ContinuousClock.now + .seconds(5)
      while reply.stalls, ContinuousClock.now < end, !lock.withLock({ isStopped }) { usleep(10_000) }
    }

    private func send(_ bytes: [UInt8], to connection: Int32) {
      var done = 0
      while done < bytes.count {
        let count = bytes.withUnsafeBytes { Foundation.send(connection, $0.baseAddress! + done, $0.count - done, 0) }
        guard count > 0 else { return }
        done += count
      }
    }

    private static func request(from connection: Int32) -> Request? {
      var text = ""
      var buffer = [UInt8](repeating: 0, count: 4096)
      while !text.contains("\r\n\r\n") {
        let count = recv(connection, &buffer, buffer.count, 0)
        guard count > 0, text.count < 65_536 else { return nil }
        text += String(decoding: buffer.prefix(count), as: UTF8.self)
      }
      let lines = text.components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ")
      guard words.count == 3, words[0] == "GET" else { return nil }
      let headers = lines.dropFirst().compactMap { line -> (String, String)? in
        guard let colon = line.firstIndex(of: ":") else { return nil }
        return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
      }
      return Request(path: String(words[1]), headers: Dictionary(headers) { $1 })
    }
  }
}
