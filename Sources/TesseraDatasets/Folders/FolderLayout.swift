/// How a folder holds images and masks; the raw value is the name of the masks' folder; that of the images is `images`.
public enum FolderLayout: String, Sendable, Codable, CaseIterable {
  /// ADE20K's (`ADEChallengeData2016`): `images` and `annotations`; 0 is void.
  case ade20k = "annotations"

  /// `images` and `masks`; 255 is void.
  case plain = "masks"

  /// The mask value that is void by default.
  public var defaultVoid: Int {
    switch self {
    case .ade20k: 0
    case .plain: 255
    }
  }

  /// The name of the images' folder.
  static let images = "images"
}
