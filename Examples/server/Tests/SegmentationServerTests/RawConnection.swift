import Dispatch
import Foundation
import Synchronization

/// A connection of a client that is as slow or as rude as a test needs it: plain bytes over a socket.
final class RawConnection: Sendable {
  private let descriptor: Int32
  private let isClosed = Mutex(false)

  /// - Parameter receiveBuffer: the bytes that the system takes for this client before it reads; `nil` for the usual.
  init(port: Int, receiveBuffer: Int32? = nil) throws {
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { throw SocketError(errno) }
    var size = receiveBuffer ?? 0
    if size > 0 { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
    // No test waits forever.
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw SocketError(errno) }
  }

  deinit { close() }

  /// Sends bytes; `false` if the server has closed the connection.
  @discardableResult
  func send(_ bytes: [UInt8]) async -> Bool {
    await onThread { [descriptor] in
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
          sendto(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), nil, 0)
        }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }

  @discardableResult
  func send(_ text: String) async -> Bool { await send(Array(text.utf8)) }

  /// Ends the connection as a program does that is killed while data are on their way.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Ends the connection as a program does that exits.
  func close() {
    isClosed.withLock { isClosed in
      if !isClosed { _ = closeDescriptor(descriptor) }
      isClosed = true
    }
  }

  /// The bytes up to and with `end`, or all until the connection ends.
  func bytes(until isComplete: @escaping @Sendable ([UInt8]) -> Bool) async -> [UInt8] {
    await onThread { [descriptor] in
      var bytes: [UInt8] = []
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      while !isComplete(bytes) {
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { break }
        bytes += piece[..<count]
      }
      return bytes
    }
  }

  /// The next answer; those without a body must say so by their length.
  func answer(toHead: Bool = false) async throws -> Answer {
    let bytes = await bytes { Answer($0, toHead: toHead)?.isComplete ?? false }
    guard let answer = Answer(bytes, toHead: toHead), answer.isComplete else {
      throw UnfinishedAnswerError(text: String(decoding: bytes.prefix(500), as: UTF8.self))
    }
    return answer
  }

  /// Whether the server ends the connection without sending anything more.
  func isEnded() async -> Bool { await bytes { !$0.isEmpty }.isEmpty }
}

/// An answer of a server.
struct Answer: Sendable {
  let status: Int
  /// By their names in lower case.
  let headers: [String: String]
  let body: [UInt8]
  let isComplete: Bool

  /// `nil` before the head is complete.
  init?(_ bytes: [UInt8], toHead: Bool = false) {
    let end = Array("\r\n\r\n".utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
    let lines = String(decoding: bytes[..<start], as: UTF8.self).components(separatedBy: "\r\n")
    status = Int(lines[0].split(separator: " ")[1]) ?? 0
    headers = lines.dropFirst().reduce(into: [:]) { headers, line in
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    body = Array(bytes[(start + 4)...])
    isComplete = status < 200 || toHead || body.count == headers["content-length"].flatMap { Int($0) }
  }

  /// The sentence of a problem.
  var detail: String { (try? JSONDecoder().decode(Detail.self, from: Data(body)))?.detail ?? "" }

  private struct Detail: Decodable { let detail: String }
}

struct UnfinishedAnswerError: Error { let text: String }

struct SocketError: Error {
  let number: Int32
  init(_ number: Int32) { self.number = number }
}

/// Runs `work` where it may block.
func onThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(returning: work()) }
  }
}

private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }
