import Foundation
import TesseraKernels
import TesseraTensors

/// A mean over pixels of a function of the probability that each one's true class has: cross-entropy and its kin.
struct PixelTerm: SoftmaxTerm {
  /// Pixels are weighted by (1 - probability) to this power.
  var focus: Float = 0
  /// How much each pixel counts, `[rows]`, besides its class's weight; `nil` if all count alike.
  var weights: @Sendable (LossPixels) -> [Float]? = { _ in nil }
  var accumulation = LossAccumulation.exact

  var needs: SoftmaxNeeds { [] }
  var isSmoothed: Bool { focus == 0 }

  func evaluate(
    _ pixels: LossPixels, times factor: Double, into slopes: inout SoftmaxSlopes
  ) -> (mean: Double, weight: Double) {
    guard pixels.areFinite else { return (.nan, pixels.weight) }
    let (softmax, weights) = (pixels.softmax, self.weights(pixels))
    let classWeights = pixels.classWeights.map { Float($0) }
    let smoothing = isSmoothed ? pixels.smoothing : 0
    return softmax.labels.withUnsafeBufferPointer { labels in
      func weightOf(_ row: Int) -> Float {
        labels[row] == softmax.ignored ? 0 : classWeights[Int(labels[row])] * (weights?[row] ?? 1)
      }
      let total =
        weights == nil
        ? pixels.weight
        : LossPixels.sum(softmax.rows) { rows in rows.reduce(0) { $0 + Double(weightOf($1)) } }
      guard total > 0 else { return (0, 0) }
      let scale = Float(factor / total)
      let floorScale = scale * smoothing / Float(softmax.classes)
      let sum = softmax.withLogProbabilities { logs in
        softmax.withMeanLogProbabilities { means in
          slopes.withRows { pulls, floors in
            LossPixels.sum(softmax.rows) { rows in
              var sum = 0.0
              for row in rows {
                let weight = weightOf(row)
                if weight == 0 { continue }
                var (loss, pull) = focused(logs[row])
                if smoothing > 0, let means, let floors {
                  loss -= smoothing * (means[row] - logs[row])
                  floors[row] += weight * floorScale
                }
                pull *= weight * scale
                pulls[row] += pull
                sum += Double(weight * loss)
              }
              return sum
            }
          }
        }
      }
      return (sum / total, total)
    }
  }

  /// The loss of a pixel whose true class's probability has this logarithm, and how much it falls as that rises.
  private func focused(_ log: Float) -> (loss: Float, pull: Float) {
    if focus == 0 { return (-log, 1) }
    // Without cancellation where the probability is nearly 1.
    let rest = -expm1(log)
    let power = pow(rest, focus)
    if rest == 0 { return (0, 0) }
    return (-power * log, power - focus * (power / rest) * exp(log) * log)
  }
}

extension SegmentationLoss {
  /// The mean of -log(probability of the true class), as ``crossEntropy(_:_:classWeights:labelSmoothing:)``.
  public static let crossEntropy = SegmentationLoss("cross-entropy", PixelTerm())

  /// Cross-entropy in which each pixel counts (1 - probability)^gamma times, so those that are right already count
  /// little (Lin et al. 2017, arXiv:1708.02002); class weights are the paper's alpha.
  ///
  /// - Parameter gamma: at least 0; 2 in the paper.
  public static func focal(gamma: Double = 2) -> SegmentationLoss {
    require(gamma >= 0 && gamma.isFinite, "SegmentationLoss.focal: gamma must be 0 or more; got \(gamma)")
    return SegmentationLoss("focal=\(gamma.shortText)", PixelTerm(focus: Float(gamma)))
  }
}
