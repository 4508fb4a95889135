import TesseraAutograd
import TesseraTensors
import Testing

extension GoldenCase {
  /// The loss of the case, of Keras' shape `[1]`.
  func loss() throws -> (Variable) throws -> Variable {
    switch settings.layer {
    case "MeanSquaredError":
      let target = try tensor("target")
      return { meanSquaredError($0, target).reshaped(to: [1]) }
    case "CategoricalCrossentropy":
      let labels = try tensor("labels").scalars.map { Int32($0) }
      let smoothing = try #require(settings.labelSmoothing)
      return { softmaxCrossEntropy($0, labels: labels, smoothing: smoothing).mean.reshaped(to: [1]) }
    case "SparseCategoricalCrossentropy":
      let labels = try tensor("labels").scalars.map { Int32($0) }
      let ignored = settings.ignoreClass.map { Int32($0) }
      guard settings.weighted == true else {
        return { softmaxCrossEntropy($0, labels: labels, ignoring: ignored).mean.reshaped(to: [1]) }
      }
      return try weightedByPixel(labels, ignored)
    default: throw UnknownCase(what: settings.layer)
    }
  }

  /// A weight for each pixel, not for each class: one loss a pixel, weighed and added up.
  private func weightedByPixel(_ labels: [Int32], _ ignored: Int32?) throws -> (Variable) throws -> Variable {
    let weights = try tensor("sampleWeight").scalars
    let counted = labels.indices.filter { labels[$0] != ignored }
    let total: Float
    switch settings.reduction {
    case "sum_over_batch_size": total = Float(counted.count)
    case "mean_with_sample_weight": total = counted.reduce(0) { $0 + weights[$1] }
    case let other: throw UnknownCase(what: "\(other ?? "no reduction")")
    }
    return { logits in
      let rows = logits.reshaped(to: [labels.count, logits.shape[-1]])
      let losses = labels.indices.map { pixel in
        softmaxCrossEntropy(rows.sliced(pixel..<pixel + 1, along: 0), labels: [labels[pixel]], ignoring: ignored).mean
          .reshaped(to: [1])
      }
      return ((concatenate(losses) * Variable(Tensor(weights))).sum() * Variable(Tensor(1 / total))).reshaped(to: [1])
    }
  }
}
