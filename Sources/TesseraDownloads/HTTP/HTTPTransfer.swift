import CCURL
import Foundation

/// Receives a server's answer as it arrives.
protocol HTTPReceiver: AnyObject {
  /// Receives the head, before the first byte. Throwing an error ends the transfer.
  func received(_ response: HTTPResponse) throws
  /// Receives the next bytes. Throwing an error ends the transfer.
  func received(_ bytes: UnsafeRawBufferPointer) throws
}

/// Sends one request with libcurl and waits for its answer. Redirections are not followed.
///
/// It uses libcurl rather than Foundation's `URLSession`, which on Linux reads from the network faster than its
/// delegate writes: with a slow disk it held a whole file of 600 MB in memory, and pausing a task restarted it.
struct HTTPTransfer {
  /// The seconds within which a connection must be established.
  var connectTimeout = 20.0
  /// The seconds without a byte after which a server counts as stalled.
  var stallTimeout = 30.0
  /// Called many times per second to ask whether to give up.
  var isCancelled: () -> Bool = { false }

  /// - Parameters:
  ///   - headers: lines such as `Range: bytes=100-`.
  ///   - receiver: receives the answer.
  /// - Returns: where a redirection leads.
  /// - Throws: `HTTPTransferError`, any error of `receiver`, or `CancellationError`.
  func get(_ address: String, headers: [String], receiver: any HTTPReceiver) throws -> String? {
    guard Self.isReady, let handle = curl_easy_init(), let loop = curl_multi_init() else {
      throw HTTPTransferError(reason: "libcurl cannot be started", isPassing: false)
    }
    var list: UnsafeMutablePointer<curl_slist>?
    for header in headers { list = curl_slist_append(list, header) }
    let state = TransferState(receiver)
    defer {
      curl_multi_remove_handle(loop, handle)
      curl_easy_cleanup(handle)
      curl_multi_cleanup(loop)
      curl_slist_free_all(list)
    }
    try set(address, on: handle)
    ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
    let context = Unmanaged.passUnretained(state).toOpaque()
    for (data, function, receiver) in [
      (CURLOPT_HEADERDATA, CURLOPT_HEADERFUNCTION, TransferState.headers),
      (CURLOPT_WRITEDATA, CURLOPT_WRITEFUNCTION, TransferState.body),
    ] {
      ccurl_set_pointer(handle, data, context)
      ccurl_set_receiver(handle, function, receiver)
    }
    curl_multi_add_handle(loop, handle)
    let code = try withExtendedLifetime(state) { try perform(handle, loop, state) }
    if let failure = state.failure { throw failure }
    guard code == CURLE_OK else { throw HTTPTransferError(code) }
    guard state.response != nil else { throw HTTPTransferError(reason: "it closed the connection", isPassing: true) }
    return Self.redirection(of: handle)
  }

  /// Runs the transfer to its end.
  private func perform(_ handle: ccurl_handle, _ loop: ccurl_loop, _ state: TransferState)
    throws -> CURLcode
  {
    var running: Int32 = 1
    var (seen, seenAt) = (0, ContinuousClock.now)
    while running > 0 {
      guard !isCancelled() else { throw CancellationError() }
      guard curl_multi_perform(loop, &running) == CURLM_OK else { return CURLE_RECV_ERROR }
      if state.events != seen { (seen, seenAt) = (state.events, .now) }
      guard ContinuousClock.now - seenAt < .seconds(stallTimeout) else {
        throw HTTPTransferError(reason: "no data arrived for \(Self.text(stallTimeout)) seconds", isPassing: true)
      }
      if running > 0 { curl_multi_poll(loop, nil, 0, 50, nil) }
    }
    var left: Int32 = 0
    return curl_multi_info_read(loop, &left)?.pointee.data.result ?? CURLE_OK
  }

  private func set(_ address: String, on handle: ccurl_handle) throws {
    guard ccurl_set_pointer(handle, CURLOPT_URL, address) == CURLE_OK else {
      throw HTTPTransferError(reason: "the address is not valid", isPassing: false)
    }
    ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(connectTimeout * 1000))
    ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    ccurl_set_pointer(handle, CURLOPT_USERAGENT, "tessera")
    // By OpenSSL's own variable: libcurl looks only where the distribution that it was built for keeps certificates.
    if let certificates = Self.certificates { ccurl_set_pointer(handle, CURLOPT_CAINFO, certificates) }
    // A proxy cannot reach this machine's own servers.
    if let host = URL(string: address)?.host, ["127.0.0.1", "localhost", "::1"].contains(host) {
      ccurl_set_pointer(handle, CURLOPT_NOPROXY, "*")
    }
  }

  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  private static let certificates = ProcessInfo.processInfo.environment["SSL_CERT_FILE"]

  private static func redirection(of handle: ccurl_handle) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    ccurl_get_text(handle, CURLINFO_REDIRECT_URL, &text)
    return text.map { String(cString: $0) }
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
  }
}

/// What libcurl's callbacks share with the transfer.
private final class TransferState {
  let receiver: any HTTPReceiver
  var response: HTTPResponse?
  var failure: (any Error)?
  /// The number of callbacks: a server that sends something is not stalled.
  var events = 0

  init(_ receiver: any HTTPReceiver) { self.receiver = receiver }

  static let headers: ccurl_receiver = { bytes, size, count, context in
    TransferState.handle(bytes, size * count, context) { state, bytes in
      let line = String(decoding: bytes, as: UTF8.self).trimmingWhitespace()
      if let response = HTTPResponse(statusLine: line) {
        state.response = response
      } else if !line.isEmpty {
        state.response?.add(headerLine: line)
      } else if let response = state.response, response.status >= 200 {
        try state.receiver.received(response)
      }
    }
  }

  static let body: ccurl_receiver = { bytes, size, count, context in
    TransferState.handle(bytes, size * count, context) { try $0.receiver.received($1) }
  }

  /// - Returns: the count, or 0 to end the transfer.
  private static func handle(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ body: (TransferState, UnsafeRawBufferPointer) throws -> Void
  ) -> Int {
    guard let context else { return 0 }
    let state = Unmanaged<TransferState>.fromOpaque(context).takeUnretainedValue()
    state.events += 1
    do {
      try body(state, UnsafeRawBufferPointer(start: bytes, count: count))
      return count
    } catch {
      state.failure = error
      return 0
    }
  }
}
