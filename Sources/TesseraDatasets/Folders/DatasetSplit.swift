/// A part of a data set; the raw value is the usual name of its folder.
public enum DatasetSplit: String, Sendable, Codable, CaseIterable {
  case training
  case validation

  /// The names that its folder may have.
  var folderNames: [String] {
    switch self {
    case .training: [rawValue, "train"]
    case .validation: [rawValue, "valid", "val"]
    }
  }
}
