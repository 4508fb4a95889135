import Foundation

/// One answer of a server on its way into a part file.
final class DownloadAttempt: HTTPReceiver {
  /// Why an answer did not complete the file.
  enum Failure: Error, Equatable {
    /// The next attempt may succeed, after the number of seconds that the server asks for.
    case passing(String, retryAfter: Double? = nil)
    /// This server does not provide the file.
    case lasting(String)
    /// What is there does not match what the server has.
    case startOver(String)
  }

  private let address: String
  private let part: PartFile
  private let file: FileDownload
  private let report: (DownloadEvent) -> Void
  /// What the coming bytes belong to, until the first one arrives: an error page must not replace what is there.
  private var start: PartFile.Origin?
  private var isIgnored = false

  init(_ address: String, into part: PartFile, of file: FileDownload, report: @escaping (DownloadEvent) -> Void) {
    (self.address, self.part, self.file, self.report) = (address, part, file, report)
  }

  /// The request: the rest of the file, if it is still the same.
  var headers: [String] {
    var headers = ["Accept-Encoding: identity"]
    guard part.length > 0, let origin = part.origin else { return headers }
    headers.append("Range: bytes=\(part.length)-")
    // Another server's tag means nothing here: the lengths are compared, and the checksum decides.
    if origin.address == address, let version = origin.tag ?? origin.modified {
      headers.append("If-Range: \(version)")
    }
    return headers
  }

  func received(_ response: HTTPResponse) throws {
    switch response.status {
    case 200:
      guard !response.isPage else { throw Failure.lasting("it sends a web page instead of the file") }
      let length = response.contentLength
      if let length, length > file.largest { throw Self.tooLong(length) }
      try requireSpace(for: length)
      if part.length > 0 { report(.startingOver(reason: "the server sends the whole file")) }
      start = .init(
        address: address, tag: response.strongTag, modified: response.headers["last-modified"], length: length)
    case 206: try goOn(with: response)
    case 416:
      guard part.length > 0 else { throw Failure.lasting("it refuses a request for the whole file (416)") }
      let total = response.contentRange?.total
      guard total == part.length else { throw Failure.startOver("the server's file is a different one") }
      isIgnored = true
    case 300..<400: isIgnored = true
    case 408, 425, 429, 500...:
      throw Failure.passing(Self.text(response.status), retryAfter: response.retryAfter)
    default: throw Failure.lasting(Self.text(response.status))
    }
  }

  func received(_ bytes: UnsafeRawBufferPointer) throws {
    guard !isIgnored else { return }
    if let origin = start {
      guard !Self.isPage(bytes) else { throw Failure.lasting("it sends a web page instead of the file") }
      try part.start(origin)
      start = nil
    }
    guard part.length + bytes.count <= file.largest else { throw Self.tooLong(part.length + bytes.count) }
    try part.append(bytes)
    report(.received(bytes: part.length, total: part.origin?.length))
  }

  /// Checks what is there when the answer has ended.
  func end() throws {
    guard start == nil, part.length > 0 else { throw Failure.lasting("it sends an empty file") }
    guard let length = part.origin?.length, !isIgnored else { return }
    if part.length < length { throw Failure.passing("it closed the connection before the end") }
    if part.length > length { throw Failure.startOver("the server sent more than it announced") }
  }

  private func goOn(with response: HTTPResponse) throws {
    guard let origin = part.origin, let range = response.contentRange, range.first == part.length else {
      throw Failure.startOver("the server sends a different part than requested")
    }
    let isSameLength = range.total == nil || origin.length == nil || range.total == origin.length
    let isSameVersion =
      origin.address != address || origin.tag == nil || response.strongTag == nil || origin.tag == response.strongTag
    guard isSameLength && isSameVersion else { throw Failure.startOver("the server's file is a different one") }
    try requireSpace(for: (range.total ?? origin.length).map { $0 - part.length })
    try part.goOn(from: address)
  }

  private func requireSpace(for bytes: Int?) throws {
    guard let bytes, let free = file.policy.freeSpace(part.destination) else { return }
    let needed = bytes + file.laterBytes
    if free < needed { throw DownloadError.noSpace(path: part.destination, needed: needed, free: free) }
  }

  private static func tooLong(_ bytes: Int) -> Failure {
    .lasting("it sends \(bytes) bytes or more, which the file does not have")
  }

  /// What a published archive or file of weights never begins with.
  static func isPage(_ bytes: some Collection<UInt8>) -> Bool {
    let text = String(decoding: bytes.prefix(64), as: UTF8.self).trimmingWhitespace().lowercased()
    return ["<!doctype html", "<html", "<?xml"].contains { text.hasPrefix($0) }
  }

  private static func text(_ status: Int) -> String {
    let known = [
      401: "access denied", 403: "access denied", 404: "not found", 408: "it was too slow", 410: "no longer there",
      429: "too many requests", 500: "server error", 502: "server error",
      503: "not available at present", 504: "server error",
    ]
    return "it answers \(status)" + (known[status].map { " (\($0))" } ?? "")
  }
}
