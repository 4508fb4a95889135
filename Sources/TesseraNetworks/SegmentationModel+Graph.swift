import TesseraLayers
import TesseraTensors

extension SegmentationModel {
  /// What this network computes for pictures of the size `height` x `width`, multiples of `sizeMultiple`.
  public func graph(height: Int, width: Int, batch: Int = 1) -> NetworkGraph {
    NetworkGraph(of: self, input: [batch, height, width, normalization.channels]) { self($0) }
  }
}
