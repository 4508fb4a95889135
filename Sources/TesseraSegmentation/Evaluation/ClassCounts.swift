import TesseraImaging
import TesseraTensors

/// Counts of the pixels of each class: those of the truth, those of the prediction, and those of both. It is what a
/// ``ConfusionMatrix`` knows, without which class is taken for which.
public struct ClassCounts: Sendable, Equatable {
  public let labelSpace: LabelSpace
  /// True pixels, `[classes]`.
  public private(set) var pixels: [Int]
  /// Pixels that are predicted as the class and not void in truth, `[classes]`.
  public private(set) var predicted: [Int]
  /// Pixels that are both, `[classes]`.
  public private(set) var right: [Int]

  public init(_ labelSpace: LabelSpace) {
    self.labelSpace = labelSpace
    pixels = [Int](repeating: 0, count: labelSpace.count)
    (predicted, right) = (pixels, pixels)
  }

  /// Creates what was counted elsewhere, of the same label space.
  package init(_ labelSpace: LabelSpace, pixels: [Int], predicted: [Int], right: [Int]) {
    let lengths = [pixels.count, predicted.count, right.count]
    require(
      lengths.allSatisfy { $0 == labelSpace.count },
      "ClassCounts: \(lengths) counts are not those of \(labelSpace.count) classes")
    (self.labelSpace, self.pixels, self.predicted, self.right) = (labelSpace, pixels, predicted, right)
  }

  /// Counts one picture.
  public mutating func add(predicted: Mask, truth: Mask) {
    add(predicted: predicted, truth: truth, countsTruth: { _ in true }, countsPrediction: { _ in true })
  }

  /// Counts those pixels of a picture that are wanted, of the truth and of the prediction each by a rule of its own.
  mutating func add(
    predicted: Mask, truth: Mask, countsTruth: (Int) -> Bool, countsPrediction: (Int) -> Bool
  ) {
    require(
      predicted.width == truth.width && predicted.height == truth.height,
      "ClassCounts: the prediction is \(predicted.width) x \(predicted.height), the truth \(truth.width) x "
        + "\(truth.height)")
    let void = labelSpace.void
    for (pixel, (guess, label)) in zip(predicted.indices, truth.indices).enumerated() {
      let (guess, label) = (Int(guess), Int(label))
      if label == void { continue }
      require(
        label < labelSpace.count && (guess < labelSpace.count || guess == void),
        "ClassCounts: classes must lie in 0..<\(labelSpace.count); got truth \(label), prediction \(guess)")
      let isTrue = countsTruth(pixel)
      let isPredicted = guess < labelSpace.count && countsPrediction(pixel)
      if isTrue { pixels[label] += 1 }
      if isPredicted { self.predicted[guess] += 1 }
      if isTrue && isPredicted && guess == label { right[label] += 1 }
    }
  }

  /// Adds the counts of another part of the data set.
  public static func += (left: inout ClassCounts, right: ClassCounts) {
    require(left.labelSpace == right.labelSpace, "ClassCounts: the label spaces differ")
    for index in left.pixels.indices {
      left.pixels[index] += right.pixels[index]
      left.predicted[index] += right.predicted[index]
      left.right[index] += right.right[index]
    }
  }

  /// The metrics of everything counted so far.
  public func metrics(absentClasses: AbsentClasses) -> SegmentationMetrics {
    SegmentationMetrics(labelSpace, absentClasses: absentClasses) { (pixels[$0], predicted[$0], right[$0]) }
  }
}
