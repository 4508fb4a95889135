/// How far an archive is unpacked.
public struct UnpackingProgress: Equatable, Sendable {
  /// Files that are whole.
  public var files = 0
  public let totalFiles: Int
  /// Bytes that are written.
  public var bytes = 0
  /// Bytes that the archive claims.
  public let totalBytes: Int
}
