import TesseraImaging
import TesseraTensors

/// How probable a network finds the classes of a mask.
public struct MaskConfidence: Sendable {
  /// The mask, in the classes that the network knows.
  public let mask: Mask
  /// The probability of each pixel's class, `[height, width]` row-major; 0 where that is void.
  public let probabilities: [Float]
  /// The most probable class of each pixel, never void.
  public let prediction: Mask
  /// The probabilities of these.
  public let predictedProbabilities: [Float]

  /// - Parameters:
  ///   - mask: in the classes that the network knows.
  ///   - probabilities: of each pixel's class, `[height, width]` row-major.
  ///   - prediction: the most probable classes; of the mask's size.
  ///   - predictedProbabilities: of these, `[height, width]` row-major.
  public init(mask: Mask, probabilities: [Float], prediction: Mask, predictedProbabilities: [Float]) {
    let pixels = mask.indices.count
    require(
      probabilities.count == pixels && prediction.indices.count == pixels && predictedProbabilities.count == pixels
        && prediction.width == mask.width,
      "MaskConfidence: expects \(mask.width) x \(mask.height) classes and probabilities; got \(prediction.width) x "
        + "\(prediction.height) classes, \(probabilities.count) and \(predictedProbabilities.count) probabilities")
    (self.mask, self.probabilities) = (mask, probabilities)
    (self.prediction, self.predictedProbabilities) = (prediction, predictedProbabilities)
  }
}

extension Predictor {
  /// Block by block: the probabilities of all classes are in memory for one block only.
  func computedConfidence(in mask: Mask, for picture: Pixels) -> MaskConfidence {
    let count = mask.indices.count
    var (given, best) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var predicted = [UInt16](repeating: 0, count: count)
    // Of an index without an output there is no probability.
    var outputs = [Int: Int](uniqueKeysWithValues: labelSpace.outputs.enumerated().map { ($1, $0) })
    if let void = labelSpace.void { outputs[void] = nil }
    let table = (0...Int(mask.indices.max() ?? 0)).map { outputs[$0] ?? -1 }
    forEachBlock(of: picture, before: { _, _ in }) { rows, columns, views, scores in
      let sums = meanProbabilities(views, scores).scores
      let (classes, share) = (sums.shape[3], 1 / Float(views))
      sums.withUnsafeBufferPointer { sums in
        for (row, y) in rows.enumerated() {
          for (column, x) in columns.enumerated() {
            let pixel = UnsafeBufferPointer(
              rebasing: sums[(row * columns.count + column) * classes..<(row * columns.count + column + 1) * classes])
            let place = y * mask.width + x
            let target = table[Int(mask.indices[place])]
            if target >= 0 { given[place] = pixel[target] * share }
            var largest = -1
            for index in 0..<classes
            where index != labelSpace.voidOutput && (largest < 0 || pixel[index] > pixel[largest]) {
              largest = index
            }
            (predicted[place], best[place]) = (UInt16(max(0, largest)), pixel[max(0, largest)] * share)
          }
        }
      }
    }
    return MaskConfidence(
      mask: mask, probabilities: given,
      prediction: Mask(
        width: mask.width, height: mask.height, indices: labelSpace.classes(ofOutputs: predicted),
        labelSpace: labelSpace),
      predictedProbabilities: best)
  }
}
