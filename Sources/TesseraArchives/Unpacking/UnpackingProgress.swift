/// How far unpacking an archive has progressed.
public struct UnpackingProgress: Equatable, Sendable {
  /// The number of complete files.
  public var files = 0
  public let totalFiles: Int
  /// The number of bytes written.
  public var bytes = 0
  /// The number of bytes that the archive claims.
  public let totalBytes: Int

  package init(totalFiles: Int, totalBytes: Int) { (self.totalFiles, self.totalBytes) = (totalFiles, totalBytes) }
}
