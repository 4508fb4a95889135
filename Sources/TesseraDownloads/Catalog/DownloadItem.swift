import TesseraImaging

/// Something that can be downloaded by name: a published file with its checksum, and the folder that it becomes.
public struct DownloadItem: Sendable {
  /// A folder that an archive becomes.
  public struct Folder: Sendable {
    /// Its name.
    public let name: String
    /// The approximate size on disk in bytes.
    public let bytes: Int
    /// What must be in it: files, and folders with their number of files; `nil` for any number.
    public let contents: [(path: String, files: Int?)]

    /// - Parameters:
    ///   - name: the name of the folder.
    ///   - bytes: the approximate size on disk.
    ///   - contents: what must be in it.
    public init(name: String, bytes: Int, contents: [(path: String, files: Int?)]) {
      (self.name, self.bytes, self.contents) = (name, bytes, contents)
    }
  }

  /// What an item is for.
  public enum Purpose: Sendable {
    case dataSet
    /// Weights of the part of a network that finds features; `example` is the name of a network with this part.
    case encoder(example: String)
    /// Weights of a whole network: its name, what its outputs mean, and the size of pictures that they were trained or
    /// tested on, as close as the network's stride allows. What they expect of pixels follows from the network.
    case network(String, labelSpace: LabelSpace, imageSize: ImageSize)
  }

  /// Its name on a command line.
  public let name: String
  /// What it is, in a few words.
  public let title: String
  /// The file's name.
  public let file: String
  /// Where it is, in the order in which servers are asked.
  public let addresses: [String]
  /// As published, or its beginning; `nil` if none is published: then that of the first download is kept next to the
  /// file, and compared from then on.
  public let checksum: FileChecksum?
  /// The file's approximate length in bytes.
  public let bytes: Int
  /// What the file is unpacked to; `nil` for a file that is not unpacked.
  public let folder: Folder?
  public let purpose: Purpose
  /// `nil` if it is not known.
  public let license: License?

  /// Creates a custom item.
  public init(
    name: String, title: String, file: String, addresses: [String], checksum: FileChecksum?, bytes: Int,
    folder: Folder? = nil, purpose: Purpose = .dataSet, license: License? = nil
  ) {
    (self.name, self.title, self.file, self.addresses) = (name, title, file, addresses)
    (self.checksum, self.bytes, self.folder) = (checksum, bytes, folder)
    (self.purpose, self.license) = (purpose, license)
  }
}
