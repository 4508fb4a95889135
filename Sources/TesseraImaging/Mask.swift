import TesseraTensors

/// A picture of class indices. It has no bilinear resize: class 3 and class 5 have no class 4 between them.
///
/// ```swift
/// let mask = try Mask(contentsOf: "ADE_val_00000001.png", labelSpace: .ade20k)
/// try mask.colored.write(to: "colored.png")
/// ```
public struct Mask: Sendable, Equatable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int

  /// The class of each pixel, `[height, width]` row-major.
  public var indices: [UInt16]

  /// What the indices mean.
  public let labelSpace: LabelSpace

  /// Creates a mask of the given indices, `[height, width]` row-major; ``unknownValues`` tells whether all of them have
  /// a meaning.
  public init(width: Int, height: Int, indices: [UInt16], labelSpace: LabelSpace) {
    require(width > 0 && height > 0, "Mask: width and height must be positive; got \(width) x \(height)")
    require(
      indices.count == width * height, "Mask: \(width) x \(height) pixels were promised, \(indices.count) given")
    self.width = width
    self.height = height
    self.indices = indices
    self.labelSpace = labelSpace
  }

  /// The number of pixels for each index that occurs.
  public var histogram: [Int: Int] {
    var counts = [Int](repeating: 0, count: Int(indices.max() ?? 0) + 1)
    for index in indices { counts[Int(index)] += 1 }
    return counts.enumerated().reduce(into: [:]) { if $1.element > 0 { $0[$1.offset] = $1.element } }
  }

  /// The indices that the label space does not have; `nil` if all have a meaning.
  public var unknownValues: UnknownValues? {
    if indices.withUnsafeBufferPointer(labelSpace.containsAll) { return nil }
    guard let offset = indices.firstIndex(where: { !labelSpace.contains(Int($0)) }) else { return nil }
    let counts = histogram.filter { !labelSpace.contains($0.key) }.sorted { $0.key < $1.key }
    return UnknownValues(
      counts: counts.map { UnknownValues.Count(value: $0.key, pixels: $0.value) },
      first: (x: offset % width, y: offset / width, value: Int(indices[offset])),
      classCount: labelSpace.count, void: labelSpace.void)
  }
}
