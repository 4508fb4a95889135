import TesseraArchives

/// What a download reports while it runs.
public enum DownloadEvent: Equatable, Sendable {
  /// A server is asked for the bytes after the first `from`.
  case asking(address: String, from: Int)
  /// The bytes that have arrived, of those that the server announced.
  case received(bytes: Int, total: Int?)
  /// What is there cannot be continued.
  case startingOver(reason: String)
  /// The server failed and is asked again after this many seconds.
  case waiting(reason: String, seconds: Double)
  /// The server failed for good.
  case givingUp(address: String, reason: String)
  /// The bytes whose checksum has been computed.
  case verifying(bytes: Int, total: Int)
  case unpacking(UnpackingProgress)
}
