/// How much an archive may unpack to: protects disks from archives made to fill them.
public struct UnpackingLimits: Equatable, Sendable {
  /// The maximum number of entries.
  public var entries: Int
  /// The maximum total size of all files in bytes.
  public var bytes: Int
  /// The maximum number of bytes of all files per byte of the archive; Deflate itself reaches 1032.
  public var ratio: Int

  /// Creates limits that every honest data set stays within: a million entries, 64 GB, and a ratio of 100.
  public init(entries: Int = 1_000_000, bytes: Int = 64 << 30, ratio: Int = 100) {
    self.entries = entries
    self.bytes = bytes
    self.ratio = ratio
  }
}
