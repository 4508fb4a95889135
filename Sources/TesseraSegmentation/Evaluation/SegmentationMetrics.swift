import TesseraImaging

/// How well predicted masks agree with true ones, by the rule of ADE20K's scene parsing benchmark (Zhou et al. 2017)
/// or, where classes are absent, another.
public struct SegmentationMetrics: Sendable, Equatable, Codable {
  /// How absent classes enter the means.
  public let absentClasses: AbsentClasses
  /// All classes except the void one.
  public let classes: [ClassScore]

  init(_ matrix: ConfusionMatrix, absentClasses: AbsentClasses) {
    let count = matrix.labelSpace.count
    self.init(matrix.labelSpace, absentClasses: absentClasses) { index in
      (
        pixels: (0..<count).reduce(matrix.predictedVoid[index]) { $0 + matrix.counts[index * count + $1] },
        predicted: (0..<count).reduce(0) { $0 + matrix.counts[$1 * count + index] },
        right: matrix.counts[index * count + index]
      )
    }
  }

  /// - Parameter counts: true pixels, predicted ones and those that are both, by class.
  init(
    _ space: LabelSpace, absentClasses: AbsentClasses,
    counts: (_ index: Int) -> (pixels: Int, predicted: Int, right: Int)
  ) {
    self.absentClasses = absentClasses
    classes = (0..<space.count).filter { $0 != space.void }.map { index in
      let (pixels, predicted, right) = counts(index)
      return ClassScore(
        index: index, name: space.classes[index].name, pixels: pixels, predicted: predicted, right: right)
    }
  }

  private enum CodingKeys: CodingKey { case absentClasses, classes }

  public init(from decoder: any Decoder) throws {
    let metrics = try decoder.container(keyedBy: CodingKeys.self)
    absentClasses = try metrics.decode(AbsentClasses.self, forKey: .absentClasses)
    classes = try metrics.decode([ClassScore].self, forKey: .classes)
    guard zip(classes, classes.dropFirst()).allSatisfy({ $0.index < $1.index }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .classes, in: metrics, debugDescription: "its \"classes\" are not in the order of their indices")
    }
  }

  /// Labeled pixels: those whose truth is not void.
  public var pixels: Int { classes.reduce(0) { $0 + $1.pixels } }

  /// Correct pixels / labeled pixels.
  public var pixelAccuracy: Double { ClassScore.ratio(classes.reduce(0) { $0 + $1.right }, pixels) }

  /// The mean of the classes' accuracies.
  public var meanAccuracy: Double {
    switch absentClasses {
    case .zero: mean(\.accuracy) { _ in true }
    case .ignored, .present: mean(\.accuracy) { $0.pixels > 0 }
    }
  }

  /// The mean of the classes' intersections over unions.
  public var meanIoU: Double { mean(\.iou, absentClasses) }

  /// The mean of the classes' Dice coefficients, of the classes that enter the mean IoU.
  public var meanDice: Double { mean(\.dice, absentClasses) }

  /// The mean of IoU weighted by true pixels; absent classes weigh nothing.
  public var frequencyWeightedIoU: Double {
    pixels == 0 ? 0 : classes.reduce(0) { $0 + $1.iou * Double($1.pixels) } / Double(pixels)
  }

  /// The mean of pixel accuracy and mean IoU, ADE20K's ranking score; by its own rule, whatever `absentClasses` says.
  public var officialScore: Double { (pixelAccuracy + mean(\.iou, .zero)) / 2 }

  /// The official rule in words, which training follows.
  public static let absentClassesRule = AbsentClasses.zero.summary

  private func mean(_ score: KeyPath<ClassScore, Double>, _ rule: AbsentClasses) -> Double {
    switch rule {
    case .zero: mean(score) { _ in true }
    case .ignored: mean(score) { !$0.isAbsent }
    case .present: mean(score) { $0.pixels > 0 }
    }
  }

  private func mean(_ score: KeyPath<ClassScore, Double>, where enters: (ClassScore) -> Bool) -> Double {
    let entering = classes.filter(enters)
    return entering.isEmpty ? 0 : entering.reduce(0) { $0 + $1[keyPath: score] } / Double(entering.count)
  }
}
