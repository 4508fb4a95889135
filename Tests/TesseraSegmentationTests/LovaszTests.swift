import Foundation
import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// The Lovasz-softmax of more pixels than a tile has, compared with plain loops that sort all errors of all classes.
@Suite struct LovaszTests {
  static let (count, height, width, classes, void) = (2, 37, 29, 70, 255)
  static let pixels = count * height * width
  static let labels = (0..<pixels).map { pixel -> Int32 in
    if pixel % 11 == 3 { return Int32(void) }
    // Two classes are nowhere true, and one in a single pixel.
    if pixel == 1000 { return 67 }
    let (x, y) = (pixel % width / 4, pixel / width / 3)
    return Int32((5 * x + 3 * y + pixel % 2) % 67)
  }
  static let weights = (0..<classes).map { index -> Float in index == 5 ? 0 : 1 + Float(index % 3) / 2 }
  static let masks = MaskBatch(
    indices: labels, count: count, height: height, width: width,
    labelSpace: LabelSpace(names: (0..<classes).map { "class \($0)" }, void: void))

  /// Random scores, to those of true classes of which this is added, but in every ninth pixel.
  static func logits(sure: Float) -> Tensor {
    var logits = Tensor.random([count, height, width, classes], seed: 12, in: -3..<3)
    logits.withUnsafeMutableBufferPointer { logits in
      for (pixel, label) in labels.enumerated() where label != void && pixel % 9 != 4 {
        logits[pixel * classes + Int(label)] += sure
      }
    }
    return logits
  }

  /// The loss, and its gradient with respect to the logits.
  static func sorted(_ logits: Tensor) -> (loss: Double, gradient: [Double]) {
    let powers = logits.scalars.map { exp(Double($0)) }
    let sums = (0..<pixels).map { powers[$0 * classes..<($0 + 1) * classes].reduce(0, +) }
    let p = powers.indices.map { powers[$0] / sums[$0 / classes] }
    let counted = labels.indices.filter { labels[$0] != void }
    let present = Set(counted.map { Int(labels[$0]) })
    let total = present.reduce(0) { $0 + Double(weights[$1]) }
    var (loss, slopes) = (0.0, [Double](repeating: 0, count: p.count))
    for index in present.sorted() {
      let share = Double(weights[index]) / total
      let errors = counted.map { pixel -> (error: Double, place: Int, isOwn: Bool) in
        let place = pixel * classes + index
        let isOwn = Int(labels[pixel]) == index
        return (isOwn ? 1 - p[place] : p[place], place, isOwn)
      }.sorted { $0.error > $1.error }
      let all = errors.count { $0.isOwn }
      var (left, union, before) = (all, all, 0.0)
      for error in errors {
        if error.isOwn { left -= 1 } else { union += 1 }
        let jaccard = 1 - Double(left) / Double(union)
        loss += share * error.error * (jaccard - before)
        slopes[error.place] = share * (error.isOwn ? -1 : 1) * (jaccard - before)
        before = jaccard
      }
    }
    var gradient = [Double](repeating: 0, count: p.count)
    for pixel in counted {
      let row = pixel * classes..<(pixel + 1) * classes
      let inner = row.reduce(0) { $0 + p[$1] * slopes[$1] }
      for place in row { gradient[place] = p[place] * (slopes[place] - inner) }
    }
    return (loss, gradient)
  }

  @Test(arguments: [0, 5, 9, 60] as [Float])
  func manyPixelsHaveTheLossOfAllErrorsSorted(sure: Float) throws {
    let (logits, tape) = (Self.logits(sure: sure), Tape())
    let variable = tape.variable(logits)
    let result = SegmentationLoss.lovasz(variable, Self.masks, classWeights: Tensor(Self.weights))
    let expected = Self.sorted(logits)
    #expect(abs(Double(result.mean.value.item) - expected.loss) < 2e-6, "\(expected.loss)")
    let gradient = try #require(tape.gradients(of: result.mean)[variable])
    let largest = expected.gradient.reduce(0.0) { max($0, abs($1)) }
    let pairs = zip(gradient.scalars, expected.gradient)
    let difference = pairs.reduce(0.0) { most, pair in max(most, abs(Double(pair.0) - pair.1)) }
    #expect(largest > 1e-6 && difference < 2e-4 * largest, "\(difference) of \(largest)")
  }

  /// A sum has the gradients of its parts, also where tiles without large errors take another way through the loops.
  @Test(arguments: [0, 60] as [Float])
  func aSumHasTheGradientsOfItsParts(sure: Float) throws {
    func gradient(_ loss: SegmentationLoss) throws -> Tensor {
      let tape = Tape()
      let variable = tape.variable(Self.logits(sure: sure))
      return try #require(
        tape.gradients(of: loss(variable, Self.masks, labelSmoothing: 0.1).mean)[variable])
    }
    let sum = try gradient(0.5 * .lovasz + .dice + 2 * .crossEntropy)
    let parts = try gradient(0.5 * .lovasz) + gradient(.dice) + gradient(2 * .crossEntropy)
    let largest = sum.scalars.reduce(0) { max($0, abs($1)) }
    let difference = (sum - parts).scalars.reduce(0) { max($0, abs($1)) }
    #expect(largest > 0 && difference < 1e-5 * largest, "\(difference) of \(largest)")
  }
}
