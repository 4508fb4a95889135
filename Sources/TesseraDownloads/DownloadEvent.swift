import TesseraArchives

/// What a download tells while it goes on.
public enum DownloadEvent: Equatable, Sendable {
  /// A server is asked, for the bytes behind the first `from`.
  case asking(address: String, from: Int)
  /// Bytes that are there, of those that the server announced.
  case received(bytes: Int, total: Int?)
  /// What is there cannot be gone on with.
  case startingOver(reason: String)
  /// The server failed, and is asked again after so many seconds.
  case waiting(reason: String, seconds: Double)
  /// The server failed for good.
  case givingUp(address: String, reason: String)
  /// Bytes whose checksum is computed.
  case verifying(bytes: Int, total: Int)
  case unpacking(UnpackingProgress)
}
