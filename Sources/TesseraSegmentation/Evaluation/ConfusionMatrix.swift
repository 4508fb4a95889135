import TesseraImaging
import TesseraTensors

/// Counts of pixels by true and predicted class, from which all segmentation metrics follow.
///
/// The rule is that of ADE20K's scene parsing benchmark: pixels whose truth is void are left out; a predicted void
/// elsewhere is an error of the true class only; sums run over the whole data set before anything is divided.
/// ```swift
/// var matrix = ConfusionMatrix(labelSpace)
/// matrix.add(predicted: prediction, truth: mask)
/// matrix.metrics.meanIoU
/// ```
public struct ConfusionMatrix: Sendable, Equatable {
  public let labelSpace: LabelSpace

  /// Row = truth, column = prediction, `[classes, classes]` row-major.
  public private(set) var counts: [Int]

  /// True pixels of each class that were predicted as a void index outside the classes, `[classes]`.
  public private(set) var predictedVoid: [Int]

  /// - Parameter labelSpace: at most 4096 classes, so the counts take at most 128 MiB.
  public init(_ labelSpace: LabelSpace) {
    require(
      labelSpace.count <= LabelSpace.mostClasses,
      "ConfusionMatrix: there may be at most \(LabelSpace.mostClasses) classes; got \(labelSpace.count)")
    self.labelSpace = labelSpace
    counts = [Int](repeating: 0, count: labelSpace.count * labelSpace.count)
    predictedVoid = [Int](repeating: 0, count: labelSpace.count)
  }

  /// Creates a matrix of what was counted elsewhere, of the same label space.
  package init(_ labelSpace: LabelSpace, counts: [Int], predictedVoid: [Int]) {
    self.init(labelSpace)
    require(
      counts.count == self.counts.count && predictedVoid.count == self.predictedVoid.count,
      "ConfusionMatrix: \(counts.count) counts are not those of \(labelSpace.count) classes")
    (self.counts, self.predictedVoid) = (counts, predictedVoid)
  }

  /// Counts one picture.
  public mutating func add(predicted: Mask, truth: Mask) {
    require(
      predicted.width == truth.width && predicted.height == truth.height,
      "ConfusionMatrix: the prediction is \(predicted.width) x \(predicted.height), the truth "
        + "\(truth.width) x \(truth.height)")
    count(predicted.indices, truth.indices)
  }

  /// Counts pixels given as indices; both arrays have one entry per pixel.
  public mutating func add(predicted: [Int32], truth: [Int32]) { count(predicted, truth) }

  // Generic inside the module only, where the compiler makes a fast copy for each type.
  private mutating func count<Index: FixedWidthInteger>(_ predicted: [Index], _ truth: [Index]) {
    require(
      predicted.count == truth.count,
      "ConfusionMatrix: \(predicted.count) predicted pixels, but \(truth.count) true ones")
    let (classes, void) = (labelSpace.count, labelSpace.void)
    for (guess, label) in zip(predicted, truth) {
      let (guess, label) = (Int(guess), Int(label))
      if label == void { continue }
      let isClass = guess >= 0 && guess < classes
      require(
        label >= 0 && label < classes && (isClass || guess == void),
        "ConfusionMatrix: classes must lie in 0..<\(classes); got truth \(label), prediction \(guess)")
      if isClass { counts[label * classes + guess] += 1 } else { predictedVoid[label] += 1 }
    }
  }

  /// Adds the counts of another part of the data set.
  public static func += (left: inout ConfusionMatrix, right: ConfusionMatrix) {
    require(left.labelSpace == right.labelSpace, "ConfusionMatrix: the label spaces differ")
    for index in left.counts.indices { left.counts[index] += right.counts[index] }
    for index in left.predictedVoid.indices { left.predictedVoid[index] += right.predictedVoid[index] }
  }

  /// The metrics of everything counted so far, by ADE20K's official rule.
  public var metrics: SegmentationMetrics { metrics(absentClasses: .zero) }

  /// The metrics of everything counted so far.
  public func metrics(absentClasses: AbsentClasses) -> SegmentationMetrics {
    SegmentationMetrics(self, absentClasses: absentClasses)
  }
}
