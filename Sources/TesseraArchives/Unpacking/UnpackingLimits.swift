/// How much an archive may unpack to: what protects disks from archives that were made to fill them.
public struct UnpackingLimits: Equatable, Sendable {
  /// The most entries.
  public var entries: Int
  /// The most bytes of all files together.
  public var bytes: Int
  /// The most bytes of all files for each byte of the archive; Deflate itself reaches 1032.
  public var ratio: Int

  /// Limits that every honest data set stays within: a million entries, 64 GB, 100 bytes for one.
  public init(entries: Int = 1_000_000, bytes: Int = 64 << 30, ratio: Int = 100) {
    self.entries = entries
    self.bytes = bytes
    self.ratio = ratio
  }
}
