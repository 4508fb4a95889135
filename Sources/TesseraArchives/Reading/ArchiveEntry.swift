/// One entry of an archive, as its header describes it; nothing is checked against the entry's bytes.
public struct ArchiveEntry: Equatable, Sendable {
  /// What an entry is.
  public enum Kind: String, Equatable, Sendable {
    case file
    case folder
    case symbolicLink = "symbolic link"
    case hardLink = "hard link"
    /// A device, a pipe or a socket.
    case special = "special file"
  }

  /// The path as stored in the archive, which may be hostile; a folder's may end in a slash.
  public let path: String
  public let kind: Kind
  /// The number of bytes that the header claims, or `nil` if it claims none; 0 for links.
  public let size: Int?

  /// Creates an entry from what its header says.
  public init(path: String, kind: Kind, size: Int?) {
    self.path = path
    self.kind = kind
    self.size = size
  }
}
