import Foundation
import TesseraTensors
import TestSupport

/// Every loss in plain loops over `Double`, from its definition: no sums of classes are kept, and nothing is shared.
struct LossOracle {
  let labels: [Int32]
  let void: Int32?
  /// `[classes]`.
  let weights: [Double]
  var smoothing = 0.0
  /// The masks' width; those of all pictures have the same height.
  let width: Int
  let height: Int

  private var counted: [Int] { labels.indices.filter { labels[$0] != void } }

  func callAsFunction(_ word: String, _ logits: DoubleArray) -> Double {
    let classes = logits.shape[-1]
    let p = Oracle.softmax(logits).scalars
    func probability(_ pixel: Int, _ index: Int) -> Double { p[pixel * classes + index] }
    func own(_ pixel: Int) -> Double { probability(pixel, Int(labels[pixel])) }
    func entropy(_ pixel: Int) -> Double {
      (0..<classes).reduce(0) { sum, index in
        let target = (index == Int(labels[pixel]) ? 1 - smoothing : 0) + smoothing / Double(classes)
        return sum - target * log(probability(pixel, index))
      }
    }
    func pixelMean(_ factor: (Int) -> Double, _ loss: (Int) -> Double) -> Double {
      let shares = counted.map { weights[Int(labels[$0])] * factor($0) }
      return zip(counted, shares).reduce(0) { $0 + $1.1 * loss($1.0) } / shares.reduce(0, +)
    }
    func classMean(_ loss: (Int) -> Double) -> Double {
      let present = (0..<classes).filter { index in counted.contains { Int(labels[$0]) == index } }
      return present.reduce(0) { $0 + weights[$1] * loss($1) } / present.reduce(0) { $0 + weights[$1] }
    }
    func tversky(_ index: Int, _ alpha: Double, _ beta: Double) -> Double {
      var (right, wrong, missed) = (0.0, 0.0, 0.0)
      for pixel in counted {
        let (guess, truth) = (probability(pixel, index), Int(labels[pixel]) == index ? 1.0 : 0)
        right += guess * truth
        wrong += guess * (1 - truth)
        missed += (1 - guess) * truth
      }
      return 1 - right / (right + alpha * wrong + beta * missed)
    }
    switch word {
    case "cross-entropy": return pixelMean({ _ in 1 }, entropy)
    case "focal=2": return pixelMean({ _ in 1 }) { -pow(1 - own($0), 2) * log(own($0)) }
    case "focal=0.5": return pixelMean({ _ in 1 }) { -pow(1 - own($0), 0.5) * log(own($0)) }
    case "ohem=0.2:0.1": return pixelMean({ hard($0, own, below: 0.2, share: 0.1) }, entropy)
    case "ohem=0.001:0.4": return pixelMean({ hard($0, own, below: 0.001, share: 0.4) }, entropy)
    case "boundary=10:1.5": return pixelMean({ 1 + 10 * exp(-squaredDistance($0) / (2 * 1.5 * 1.5)) }, entropy)
    case "dice": return classMean { tversky($0, 0.5, 0.5) }
    case "log-cosh-dice": return log(cosh(classMean { tversky($0, 0.5, 0.5) }))
    case "jaccard": return classMean { tversky($0, 1, 1) }
    case "tversky=0.2:0.8": return classMean { tversky($0, 0.2, 0.8) }
    case "focal-tversky=0.3:0.7:0.75": return classMean { pow(tversky($0, 0.3, 0.7), 0.75) }
    case "focal-tversky=0.3:0.7:2": return classMean { pow(tversky($0, 0.3, 0.7), 2) }
    case "lovasz":
      return classMean { index in
        let errors = counted.map { pixel -> (error: Double, isOwn: Bool) in
          let isOwn = Int(labels[pixel]) == index
          return (isOwn ? 1 - own(pixel) : probability(pixel, index), isOwn)
        }.sorted { $0.error > $1.error }
        let all = errors.count { $0.isOwn }
        var (sum, before) = (0.0, 0.0)
        for place in errors.indices {
          let taken = errors[...place]
          let jaccard = 1 - Double(all - taken.count { $0.isOwn }) / Double(all + taken.count { !$0.isOwn })
          sum += errors[place].error * (jaccard - before)
          before = jaccard
        }
        return sum
      }
    default: return .nan
    }
  }

  private func hard(_ pixel: Int, _ own: (Int) -> Double, below bound: Double, share: Double) -> Double {
    let least = Int((share * Double(counted.count)).rounded(.up))
    let limit = counted.map(own).sorted()[least - 1]
    return own(pixel) < bound || own(pixel) <= limit ? 1 : 0
  }

  /// To the nearest pixel of the same picture with another value.
  func squaredDistance(_ pixel: Int) -> Double {
    let picture = pixel / (width * height)
    var nearest = Double.infinity
    for other in picture * width * height..<(picture + 1) * width * height where labels[other] != labels[pixel] {
      let (x, y) = (other % width - pixel % width, other / width - pixel / width)
      nearest = min(nearest, Double(x * x + y * y))
    }
    return nearest
  }
}
