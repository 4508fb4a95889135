import Foundation
import TesseraKernels
import TesseraTensors

/// Which pixels of a batch are hard: those whose true class has a probability below a bound, and if these are few,
/// those with the smallest probabilities.
struct HardExamples {
  let bound: Double
  /// Of the counted pixels, at least this share is kept.
  let share: Double

  /// 1 for hard pixels and 0 for all others, `[rows]`.
  func weights(_ pixels: LossPixels) -> [Float] {
    let softmax = pixels.softmax
    let wanted = max(1, Int((share * Double(softmax.counted)).rounded(.up)))
    return softmax.withLogProbabilities { logs in
      softmax.labels.withUnsafeBufferPointer { labels in
        let counted = (0..<softmax.rows).lazy.filter { labels[$0] != softmax.ignored }
        let bound = Float(log(bound))
        let below = counted.reduce(0) { $0 + (logs[$1] < bound ? 1 : 0) }
        guard below < wanted else {
          return (0..<softmax.rows).map { logs[$0] < bound ? 1 : 0 }
        }
        // Zero, one and all pixels with equal probabilities are kept or left out together.
        let limit = Self.largest(wanted, of: Array(counted.map { max(0, -logs[$0]) }))
        return (0..<softmax.rows).map { -logs[$0] >= limit && labels[$0] != softmax.ignored ? 1 : 0 }
      }
    }
  }

  /// The number that takes this place, counted from 1, if numbers of at least 0 are sorted from the largest on.
  private static func largest(_ place: Int, of numbers: [Float]) -> Float {
    // The order of floats that are not negative is that of their bits: the upper half of the bits is found first.
    var (left, upper) = (place, UInt32(0))
    func find(_ digit: (UInt32) -> Int?) -> UInt32 {
      var counts = [Int](repeating: 0, count: 1 << 16)
      for number in numbers { if let digit = digit(number.bitPattern) { counts[digit] += 1 } }
      for value in counts.indices.reversed() {
        if counts[value] >= left { return UInt32(value) }
        left -= counts[value]
      }
      return 0
    }
    upper = find { Int($0 >> 16) }
    let lower = find { $0 >> 16 == upper ? Int($0 & 0xffff) : nil }
    return numbers.isEmpty ? 0 : Float(bitPattern: upper << 16 | lower)
  }
}

extension SegmentationLoss {
  /// Cross-entropy of hard pixels alone (online hard example mining, Shrivastava et al. 2016, arXiv:1604.03540; for
  /// pixels as in HRNet and MMSegmentation).
  ///
  /// - Parameters:
  ///   - bound: pixels whose true class has a smaller probability are hard; above 0, at most 1.
  ///   - share: at least this share of the counted pixels is kept, those with the smallest probabilities; more where
  ///     several have the same. Above 0, at most 1.
  public static func hardExamples(below bound: Double = 0.7, atLeast share: Double = 0.0625) -> SegmentationLoss {
    require(
      bound > 0 && bound <= 1 && share > 0 && share <= 1,
      "SegmentationLoss.hardExamples: bound and share must lie in 0...1, above 0; got \(bound) and \(share)")
    let hard = HardExamples(bound: bound, share: share)
    return SegmentationLoss(
      "ohem=\(bound.shortText):\(share.shortText)", PixelTerm(weights: { hard.weights($0) }, accumulation: .byBatch))
  }
}
