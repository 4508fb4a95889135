/// The head of a server's answer.
struct HTTPResponse: Equatable {
  let status: Int
  /// The headers by lowercase name.
  private(set) var headers: [String: String] = [:]

  /// Reads a status line such as `HTTP/1.1 206 Partial Content`.
  init?(statusLine line: String) {
    let parts = line.split(separator: " ")
    guard parts.count >= 2, parts[0].hasPrefix("HTTP/"), let status = Int(parts[1]) else { return nil }
    self.status = status
  }

  mutating func add(headerLine line: String) {
    guard let colon = line.firstIndex(of: ":") else { return }
    headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingWhitespace()
  }

  /// The announced number of bytes that follow.
  var contentLength: Int? {
    headers["content-length"].flatMap(Int.init).flatMap { (0...Self.mostBytes).contains($0) ? $0 : nil }
  }

  /// More than any file has, and few enough to be added to others.
  fileprivate static let mostBytes = 1 << 60

  /// Which part of the whole a partial answer holds.
  var contentRange: ContentRange? { headers["content-range"].flatMap(ContentRange.init) }

  /// The number of seconds that the server asks to wait.
  var retryAfter: Double? { headers["retry-after"].flatMap(Double.init).flatMap { $0 >= 0 ? $0 : nil } }

  /// Identifies this version of the file in a request to continue. Weak tags cannot (RFC 9110, 13.1.5).
  var strongTag: String? { headers["etag"].flatMap { $0.hasPrefix("W/") ? nil : $0 } }

  /// Whether this is a web page, which is never a valid answer for an archive or weights.
  var isPage: Bool { headers["content-type"]?.lowercased().hasPrefix("text/html") ?? false }
}

/// The value of `Content-Range`: `bytes 100-999/1000`, `bytes 100-999/*` or `bytes */1000` (RFC 9110, 14.4).
struct ContentRange: Equatable {
  /// `nil` if the requested range lies outside.
  let first: Int?
  /// The whole file's length; `nil` if unknown.
  let total: Int?

  init?(_ text: String) {
    let unit = text.prefix { $0 != " " }
    let parts = text.dropFirst(unit.count).trimmingWhitespace().split(separator: "/", omittingEmptySubsequences: false)
    guard unit.lowercased() == "bytes", parts.count == 2 else { return nil }
    if parts[1] == "*" {
      total = nil
    } else {
      guard let value = Int(parts[1]), (0...HTTPResponse.mostBytes).contains(value) else { return nil }
      total = value
    }
    if parts[0] == "*" {
      first = nil
    } else {
      let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard bounds.count == 2, let low = bounds[0], let high = bounds[1], 0 <= low, low <= high,
        high < total ?? Int.max
      else { return nil }
      first = low
    }
  }
}

extension StringProtocol {
  func trimmingWhitespace() -> String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
