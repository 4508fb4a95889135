import TesseraTensors

/// A picture of class indices. It has no bilinear resize: class 3 and class 5 have no class 4 between them.
public struct Mask: Sendable, Equatable {
  public let width: Int
  public let height: Int

  /// The class of each pixel, row by row.
  public var indices: [UInt16]

  /// What the indices mean.
  public let labelSpace: LabelSpace

  public init(width: Int, height: Int, indices: [UInt16], labelSpace: LabelSpace) {
    require(
      indices.count == width * height, "Mask: \(width) x \(height) pixels were promised, \(indices.count) given")
    self.width = width
    self.height = height
    self.indices = indices
    self.labelSpace = labelSpace
  }
}
