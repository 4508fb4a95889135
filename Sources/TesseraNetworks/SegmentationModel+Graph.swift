import TesseraLayers
import TesseraTensors

extension SegmentationModel {
  /// What this network computes for pictures of the size `height` x `width`, multiples of `sizeMultiple`.
  public func graph(height: Int, width: Int, batch: Int = 1) -> NetworkGraph {
    NetworkGraph(of: self, input: [batch, height, width, normalization.channels]) { self($0) }
  }

  /// A plan of this network's inference for normalized pictures `[batch, height, width, channels]`; `nil` if it has
  /// operations that are known only to those who wrote them.
  package func inferencePlan(for pictures: Shape) -> InferencePlan? {
    InferencePlan(NetworkGraph(of: self, input: pictures, isDescription: false) { self($0) })
  }

  /// What the losses of all that training compares with the masks weigh together: 1 without auxiliary outputs.
  package func lossWeight(height: Int, width: Int) -> Float {
    var weight: Float = 0
    _ = NetworkGraph(of: self, input: [1, height, width, normalization.channels]) { images in
      let outputs = trainingLogits(of: images)
      weight = outputs.reduce(0) { $0 + $1.weight }
      return outputs[0].logits
    }
    return weight
  }
}
