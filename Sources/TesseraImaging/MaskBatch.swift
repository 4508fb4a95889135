import TesseraTensors

/// The masks of a batch of images, all of the same size: what a loss and a metric compare logits `[batch, height,
/// width, outputs]` with.
public struct MaskBatch: Sendable, Equatable {
  public let count: Int
  public let height: Int
  public let width: Int

  /// The classes of all pixels, `[count, height, width]` row-major.
  public let indices: [Int32]

  /// What the indices mean.
  public let labelSpace: LabelSpace

  /// Creates masks of the given indices.
  ///
  /// - Parameters:
  ///   - indices: `[count, height, width]` row-major, of `labelSpace`.
  ///   - count: the number of masks.
  ///   - height: in pixels.
  ///   - width: in pixels.
  ///   - labelSpace: what the indices mean.
  public init(indices: [Int32], count: Int, height: Int, width: Int, labelSpace: LabelSpace) {
    require(
      count > 0 && height > 0 && width > 0 && indices.count == count * height * width,
      "MaskBatch: \(count) x \(height) x \(width) indices were promised, \(indices.count) given")
    let unknown = indices.first { !labelSpace.contains(Int($0)) }
    require(
      unknown == nil,
      "MaskBatch: index \(unknown ?? 0) is neither one of \(labelSpace.count) classes nor void "
        + "(\(labelSpace.void.map(String.init) ?? "none"))")
    self.count = count
    self.height = height
    self.width = width
    self.indices = indices
    self.labelSpace = labelSpace
  }

  /// - Parameter masks: at least one, all of the same size and label space.
  public init(_ masks: [Mask]) {
    require(!masks.isEmpty, "MaskBatch: there must be at least one mask")
    let first = masks[0]
    for mask in masks {
      require(
        mask.width == first.width && mask.height == first.height,
        "MaskBatch: all masks must be \(first.width) x \(first.height); got \(mask.width) x \(mask.height)")
    }
    count = masks.count
    height = first.height
    width = first.width
    labelSpace = first.labelSpace
    let (count, length) = (masks.count, first.indices.count)
    indices = [Int32](unsafeUninitializedCapacity: count * length) { target, initialized in
      for (number, mask) in masks.enumerated() {
        mask.indices.withUnsafeBufferPointer { source in
          for pixel in 0..<length { target[number * length + pixel] = Int32(source[pixel]) }
        }
      }
      initialized = count * length
    }
  }

  /// The masks in `range`.
  package func sliced(_ range: Range<Int>) -> MaskBatch {
    let length = height * width
    return MaskBatch(
      indices: Array(indices[range.lowerBound * length..<range.upperBound * length]), count: range.count,
      height: height, width: width, labelSpace: labelSpace)
  }
}
