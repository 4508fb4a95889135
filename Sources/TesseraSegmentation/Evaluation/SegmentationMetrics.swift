import TesseraImaging

/// How well predicted masks agree with true ones, by the rule of ADE20K's scene parsing benchmark (Zhou et al. 2017).
public struct SegmentationMetrics: Sendable, Equatable, Codable {
  /// One class's share in the result.
  public struct ClassScore: Sendable, Equatable, Codable {
    public let index: Int
    public let name: String
    /// True pixels of this class.
    public let pixels: Int
    /// Right pixels / (true + predicted - right); 0 where the class is absent.
    public let iou: Double
    /// Right pixels / true pixels; 0 where there are none.
    public let accuracy: Double
    /// Neither true nor predicted anywhere.
    public let isAbsent: Bool
  }

  /// Right pixels / labeled pixels.
  public let pixelAccuracy: Double
  /// The mean of the classes' accuracies.
  public let meanAccuracy: Double
  /// The mean of the classes' intersections over unions.
  public let meanIoU: Double
  /// The mean of IoU weighted by true pixels.
  public let frequencyWeightedIoU: Double
  /// All classes but the void one.
  public let classes: [ClassScore]

  /// The mean of pixel accuracy and mean IoU, ADE20K's ranking score.
  public var officialScore: Double { (pixelAccuracy + meanIoU) / 2 }

  /// How classes enter the means that occur neither in truths nor in predictions; others leave them out, which agrees
  /// on full data sets and not on parts.
  public static let absentClassesRule = "counted as 0 (ADE20K's official rule)"

  init(_ matrix: ConfusionMatrix) {
    let space = matrix.labelSpace
    let count = space.count
    var labeled = 0
    var right = 0
    var scores: [ClassScore] = []
    for index in 0..<count where index != space.void {
      let truth = (0..<count).reduce(matrix.predictedVoid[index]) { $0 + matrix.counts[index * count + $1] }
      let predicted = (0..<count).reduce(0) { $0 + matrix.counts[$1 * count + index] }
      let hits = matrix.counts[index * count + index]
      let union = truth + predicted - hits
      labeled += truth
      right += hits
      scores.append(
        ClassScore(
          index: index, name: space.classes[index].name, pixels: truth, iou: Self.ratio(hits, union),
          accuracy: Self.ratio(hits, truth), isAbsent: union == 0))
    }
    pixelAccuracy = Self.ratio(right, labeled)
    let classCount = Double(max(1, scores.count))
    meanAccuracy = scores.reduce(0) { $0 + $1.accuracy } / classCount
    meanIoU = scores.reduce(0) { $0 + $1.iou } / classCount
    frequencyWeightedIoU = labeled == 0 ? 0 : scores.reduce(0) { $0 + $1.iou * Double($1.pixels) } / Double(labeled)
    classes = scores
  }

  private static func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}
