/// A part of a data set; the raw value is its folder's name.
public enum DatasetSplit: String, Sendable, Codable, CaseIterable {
  case training
  case validation
}
