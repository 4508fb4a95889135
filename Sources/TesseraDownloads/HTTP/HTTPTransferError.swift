import CCURL

/// Why a transfer ended before its end.
struct HTTPTransferError: Error, Equatable {
  let reason: String
  /// Whether another attempt may succeed.
  let isPassing: Bool

  init(reason: String, isPassing: Bool) {
    self.reason = reason
    self.isPassing = isPassing
  }

  init(_ code: CURLcode) {
    let text = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
      self.init(reason: "it closed the connection before the end", isPassing: true)
    case CURLE_COULDNT_CONNECT: self.init(reason: "no connection", isPassing: true)
    case CURLE_COULDNT_RESOLVE_HOST: self.init(reason: "its name is not known, or there is no network", isPassing: true)
    case CURLE_COULDNT_RESOLVE_PROXY: self.init(reason: "the proxy's name is not known", isPassing: true)
    case CURLE_OPERATION_TIMEDOUT: self.init(reason: "no connection in time", isPassing: true)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
      self.init(
        reason: "its certificate cannot be verified (are ca-certificates installed? SSL_CERT_FILE names their file)",
        isPassing: false)
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: self.init(reason: text, isPassing: false)
    default: self.init(reason: text, isPassing: true)
    }
  }
}
