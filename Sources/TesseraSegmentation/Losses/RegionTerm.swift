import Foundation
import TesseraKernels
import TesseraTensors

/// A mean over classes of 1 - Tversky index to a power, where a class is a region of all pixels of a batch: Dice,
/// Jaccard and their kin.
///
/// With I the sum of a class's probabilities where it is true, S that over all pixels and T its pixels, the index is
/// I / (I + alpha (S - I) + beta (T - I)): with 1/2 and 1/2 the Dice coefficient, with 1 and 1 the Jaccard index.
struct RegionTerm: SoftmaxTerm {
  /// What pixels weigh that are taken for the class and are not.
  let alpha: Double
  /// What pixels weigh that are of the class and not taken for it.
  let beta: Double
  /// Of what each class lacks.
  var exponent = 1.0
  /// Whether the loss is log(cosh(mean)) instead of the mean.
  var isLogCosh = false

  var needs: SoftmaxNeeds { .sums }
  var isSmoothed: Bool { false }
  var accumulation: LossAccumulation { .byBatch }

  /// A power below 1 has no finite slope at 0.
  private static let leastLack = 1e-7

  func evaluate(
    _ pixels: LossPixels, times factor: Double, into slopes: inout SoftmaxSlopes
  ) -> (mean: Double, weight: Double) {
    let softmax = pixels.softmax
    let (present, weight) = pixels.presentClasses
    guard weight > 0 else { return (0, pixels.weight) }
    var mean = 0.0
    // By the overlaps and by the sums.
    var changes: [(overlap: Double, sum: Double)] = []
    for index in present {
      let (overlap, sum, truth) = (
        softmax.overlaps[index], softmax.sums[index], Double(softmax.classCounts[index])
      )
      let whole = overlap + alpha * (sum - overlap) + beta * (truth - overlap)
      let lack = max(1 - overlap / whole, Self.leastLack)
      let share = pixels.classWeights[index] / weight
      mean += share * pow(lack, exponent)
      let slope = -share * exponent * pow(lack, exponent - 1) / (whole * whole)
      changes.append((slope * (whole - overlap * (1 - alpha - beta)), -slope * alpha * overlap))
    }
    let outer = factor * (isLogCosh ? tanh(mean) : 1)
    for (index, change) in zip(present, changes) {
      slopes.overlaps[index] += outer * change.overlap
      slopes.sums[index] += outer * change.sum
    }
    return (isLogCosh ? log(cosh(mean)) : mean, pixels.weight)
  }
}

extension SegmentationLoss {
  /// 1 - the Dice coefficient, the mean over the classes that are true somewhere in the batch (Milletari et al. 2016,
  /// arXiv:1606.04797).
  public static let dice = SegmentationLoss("dice", RegionTerm(alpha: 0.5, beta: 0.5))

  /// log(cosh(Dice loss)), which is flat near 0 (Jadon 2020, arXiv:2006.14822).
  public static let logCoshDice = SegmentationLoss(
    "log-cosh-dice", RegionTerm(alpha: 0.5, beta: 0.5, isLogCosh: true))

  /// 1 - the Jaccard index, intersection over union, the mean over the classes that are true somewhere in the batch
  /// (Rahman and Wang 2016, doi:10.1007/978-3-319-50835-1_22).
  public static let jaccard = SegmentationLoss("jaccard", RegionTerm(alpha: 1, beta: 1))

  /// 1 - the Tversky index (Salehi et al. 2017, arXiv:1706.05721): Dice with other weights of errors.
  ///
  /// - Parameters:
  ///   - alpha: what pixels weigh that are taken for a class and are not; 0.3 in the paper.
  ///   - beta: what pixels weigh that are of a class and not taken for it; 0.7 in the paper.
  public static func tversky(alpha: Double = 0.3, beta: Double = 0.7) -> SegmentationLoss {
    SegmentationLoss("tversky=\(errors(alpha, beta))", RegionTerm(alpha: alpha, beta: beta))
  }

  /// (1 - Tversky index) to a power of each class (Abraham and Khan 2019, arXiv:1810.07842): below 1, classes that are
  /// nearly right count more.
  ///
  /// - Parameters:
  ///   - alpha: what pixels weigh that are taken for a class and are not; 0.3 in the paper.
  ///   - beta: what pixels weigh that are of a class and not taken for it; 0.7 in the paper.
  ///   - exponent: the paper's 1 / gamma, 3/4 there.
  public static func focalTversky(
    alpha: Double = 0.3, beta: Double = 0.7, exponent: Double = 0.75
  ) -> SegmentationLoss {
    require(
      exponent > 0 && exponent.isFinite,
      "SegmentationLoss.focalTversky: the exponent must be above 0; got \(exponent)")
    return SegmentationLoss(
      "focal-tversky=\(errors(alpha, beta)):\(exponent.shortText)",
      RegionTerm(alpha: alpha, beta: beta, exponent: exponent))
  }

  /// The weights of errors in words; stops at impossible ones.
  private static func errors(_ alpha: Double, _ beta: Double) -> String {
    require(
      alpha > 0 && alpha.isFinite && beta > 0 && beta.isFinite,
      "SegmentationLoss: the Tversky index's alpha and beta must be above 0; got \(alpha) and \(beta)")
    return "\(alpha.shortText):\(beta.shortText)"
  }
}
