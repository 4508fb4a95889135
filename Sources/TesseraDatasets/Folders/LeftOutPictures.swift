import TesseraImaging

/// Pictures in a data set's folder that are not read, all for the same reason.
public struct LeftOutPictures: Sendable, Equatable {
  /// Why they are not read.
  public enum Reason: Sendable, Equatable {
    /// Their format is not read: without its trait, TIFF and WebP are not.
    case otherFormat

    /// Their names, or those of their folders, begin with a dot.
    case hidden

    /// They are outside the folders that are read.
    case elsewhere(read: [String])
  }

  /// The folder of images or of masks.
  public let folder: String
  public let reason: Reason

  /// The paths relative to `folder`, in ascending order; at least one.
  public let names: [String]
}

extension LeftOutPictures: CustomStringConvertible {
  public var description: String { "\(folder): \(sentence)" }

  private static let formats = FileFormat.list(FileFormat.read.map(\.rawValue), "nor")

  /// What is said about formats that other builds of the program read.
  private var howToRead: String {
    let formats = FileFormat.allCases.filter { format in
      !format.isRead && names.contains { FileFormat(fileName: $0) == format }
    }
    return formats.map { ", or to read \($0.rawValue) \($0.howToRead)" }.joined()
  }

  /// The description without the folder.
  var sentence: String {
    let count = names.count == 1 ? "1" : "\(names.count)"
    let pictures = names.count == 1 ? "picture is" : "pictures are"
    let example = "\(names.count == 1 ? "" : "such as ")\(names[0])"
    return switch reason {
    case .otherFormat:
      "\(count) \(pictures) left out, being neither \(Self.formats) (\(example)); convert to PNG what belongs to "
        + "the data" + howToRead
    case .hidden:
      "\(count) hidden \(pictures) left out (\(example)); rename what belongs to the data"
    case .elsewhere(let read):
      "\(count) \(pictures) left out (\(example)), because only "
        + "\(read.map { "\($0)/" }.joined(separator: " and ")) \(read.count == 1 ? "itself is" : "are") read"
    }
  }
}
