import Foundation
import TesseraImaging

/// Ranks what a network contradicts in the masks of many pictures: the likeliest mistakes of the masks first.
///
/// ```swift
/// var review = MaskReview(labelSpace, top: 50)
/// for (number, sample) in samples.enumerated() {
///   review.add(predictor.confidence(in: sample.mask, for: sample.image), picture: number)
/// }
/// review.findings   // the picture's number, the region, its score
/// ```
/// A region's score is its weight, times how improbable the mask's class is to the network: the square of the logarithm
/// of its probability; times how surprising the contradiction is: minus the logarithm of the share of the other pixels
/// of the mask's class that the network gives the same other class. A network that often takes sidewalk for road says
/// little where it does so again. That is the idea of confident learning, where labels are doubted by the
/// class-conditional rates of confusion rather than by probabilities alone, and by networks that were not trained on
/// them (Northcutt et al. 2021, arXiv:1911.00068).
///
/// Pictures come one after another; in memory are the counts of confusions and a bounded number of regions.
public struct MaskReview: Sendable {
  /// A region that was found.
  public struct Finding: Sendable, Equatable {
    /// The number of its picture.
    public let picture: Int
    public let region: DoubtedRegion
    /// In percent of a picture, times two numbers: one grows with each factor of 10 by which the mask's class is less
    /// probable, and one, 0 for what the network always confuses, by which it is confused less often.
    public let score: Double
  }

  /// The number of findings that are asked for.
  public let top: Int
  private let labelSpace: LabelSpace
  private var confusions: ConfusionMatrix
  private var heaviest: [(picture: Int, region: DoubtedRegion)] = []
  /// How many of the heaviest regions are kept, of all that may be among the first once their scores are known.
  private let kept: Int

  /// Of the mask's class, below which a network's probabilities tell no more.
  private static let leastProbability = 0.001

  /// - Parameters:
  ///   - labelSpace: of the masks.
  ///   - top: the number of findings that are asked for.
  public init(_ labelSpace: LabelSpace, top: Int) {
    (self.labelSpace, self.top) = (labelSpace, top)
    confusions = ConfusionMatrix(labelSpace)
    kept = max(10_000, 20 * top)
  }

  /// Looks at one picture.
  ///
  /// - Parameters:
  ///   - confidence: what the network says about its mask.
  ///   - picture: its number.
  public mutating func add(_ confidence: MaskConfidence, picture: Int) {
    confusions.add(predicted: confidence.prediction, truth: confidence.mask)
    heaviest += DoubtedRegions(confidence).regions.map { (picture, $0) }
    if heaviest.count > 2 * kept { cut() }
  }

  private mutating func cut() {
    heaviest.sort { ($1.region.weight, $0.picture, $0.region.first) < ($0.region.weight, $1.picture, $1.region.first) }
    heaviest.removeLast(max(0, heaviest.count - kept))
  }

  /// The likeliest mistakes of the masks first, at most ``top``.
  public var findings: [Finding] {
    let scored = heaviest.map { Finding(picture: $0.picture, region: $0.region, score: score($0.region)) }
    return Array(
      scored.sorted { ($1.score, $0.picture, $0.region.first) < ($0.score, $1.picture, $1.region.first) }.prefix(top))
  }

  private func score(_ region: DoubtedRegion) -> Double {
    let row = confusions.counts[region.maskClass * labelSpace.count..<(region.maskClass + 1) * labelSpace.count]
    // Without the region itself, as a mistake should not excuse itself. One pixel more keeps the share above 0.
    let others = Double(row.reduce(0, +) - region.pixels + labelSpace.count)
    let same = Double(row[row.startIndex + region.modelClass] - region.pixels + 1)
    let improbability = log(max(region.maskProbability, Self.leastProbability))
    return region.weight * improbability * improbability * -log(same / others)
  }
}
