import Foundation

/// The download of one file from the first of several servers that provides it, complete and as published.
struct FileDownload {
  /// Where the file goes; until it is complete there is a `.part` file next to it, which another run continues.
  let path: String
  /// The addresses, in the order in which they are asked.
  let addresses: [String]
  /// `nil` accepts any file that a server sends completely.
  let checksum: FileChecksum?
  /// No published file is longer, in bytes.
  let largest: Int
  /// The number of bytes that will be written once the file is there.
  let laterBytes: Int
  let policy: DownloadPolicy

  /// - Throws: `DownloadError`, `CancellationError`; what has arrived so far is kept, except wrong bytes.
  func run(_ report: @escaping (DownloadEvent) -> Void) throws {
    let part = try PartFile(for: path)
    var failures: [DownloadError.ServerFailure] = []
    for address in addresses {
      do {
        try download(from: address, into: part, report)
        return try part.publish()
      } catch let DownloadAttempt.Failure.lasting(reason) {
        failures.append(.init(address: address, reason: reason))
        report(.givingUp(address: address, reason: reason))
      }
    }
    // A server that announces more than the file has never finishes, but may have sent all of it.
    if checksum != nil, part.length > 0, try mismatch(in: part, report) == nil { return try part.publish() }
    throw DownloadError.noServer(file: (path as NSString).lastPathComponent, failures: failures)
  }

  /// Fills the part file from one server, in as many answers as it takes.
  ///
  /// - Throws: `DownloadAttempt.Failure.lasting` if another server should be asked.
  private func download(
    from address: String, into part: PartFile, _ report: @escaping (DownloadEvent) -> Void
  ) throws {
    var (failures, restarts, most) = (0, 0, part.length)
    while true {
      do {
        if !part.isWhole { try ask(address, into: part, report) }
        guard let mismatch = try mismatch(in: part, report) else { return }
        let isPatched = part.origin?.answers ?? 1 > 1
        try part.clear()
        throw isPatched ? DownloadAttempt.Failure.startOver(mismatch) : .lasting(mismatch)
      } catch let DownloadAttempt.Failure.startOver(reason) {
        restarts += 1
        guard restarts <= 2 else { throw DownloadAttempt.Failure.lasting(reason) }
        report(.startingOver(reason: reason))
        try part.clear()
      } catch let DownloadAttempt.Failure.passing(reason, asked) {
        failures = part.length > most ? 1 : failures + 1
        // Cut off at the same place again: there may be no more, whatever was announced.
        if checksum != nil, failures == 2, part.length == most, most > 0, try mismatch(in: part, report) == nil {
          return
        }
        most = max(most, part.length)
        guard failures < policy.attempts else { throw DownloadAttempt.Failure.lasting(reason) }
        let seconds = policy.delay(after: failures, asked: asked)
        report(.waiting(reason: reason, seconds: seconds))
        try policy.wait(seconds)
      }
    }
  }

  /// Sends one request and follows its redirections.
  private func ask(_ address: String, into part: PartFile, _ report: @escaping (DownloadEvent) -> Void) throws {
    report(.asking(address: address, from: part.length))
    let transfer = HTTPTransfer(
      connectTimeout: policy.connectTimeout, stallTimeout: policy.stallTimeout, isCancelled: policy.isCancelled)
    var target = address
    for _ in 0...RedirectionRule.limit {
      // The requested address identifies the file's version: redirections often lead to a different place each time.
      let attempt = DownloadAttempt(address, into: part, of: self, report: report)
      do {
        guard let next = try transfer.get(target, headers: attempt.headers, receiver: attempt) else {
          return try attempt.end()
        }
        guard RedirectionRule.allows(next, from: target) else {
          throw DownloadAttempt.Failure.lasting("it redirects to \(next), which is not followed")
        }
        target = next
      } catch let error as HTTPTransferError {
        throw error.isPassing ? DownloadAttempt.Failure.passing(error.reason) : .lasting(error.reason)
      }
    }
    throw DownloadAttempt.Failure.lasting("it redirects endlessly")
  }

  /// How the bytes differ from the published file's; `nil` if they do not.
  private func mismatch(in part: PartFile, _ report: (DownloadEvent) -> Void) throws -> String? {
    guard let checksum, part.length > 0 else { return nil }
    let total = part.length
    let found = try part.checksum(checksum.algorithm) { bytes in
      guard !policy.isCancelled() else { throw CancellationError() }
      report(.verifying(bytes: bytes, total: total))
    }
    if checksum.matches(found) { return nil }
    return "what it sent (\(total) bytes) is not the published file: its \(found) should \(checksum.rule)"
  }
}
