import TesseraAutograd
import TesseraKernels
import TesseraNetworks
import TesseraTensors

extension ONNXNetwork.Configuration {
  /// The shape of the logits for pictures `[batch, height, width, channels]`, found without computing them and without
  /// memory for them or for weights.
  ///
  /// - Throws: `ONNXImportError` with the node that does not take pictures of this shape.
  func logitsShape(for pictures: Shape) throws(ONNXImportError) -> Shape {
    let describing = ComputeContext.current.describing
    let network = ComputeContext.$current.withValue(describing) { makeNetwork(random: RandomStream(seed: 0)) }
    let tape = Tape(readingOperations: (), isDescription: true)
    let input = tape.input(ComputeContext.$current.withValue(describing) { .zeros(pictures) })
    return try network.logits(of: input).shape
  }

  /// Checks that pictures of all kinds of sizes give a score for each class.
  ///
  /// - Throws: `ONNXImportError` with the first that do not.
  func checkSizes() throws(ONNXImportError) {
    let sizes =
      layout.size.map { [$0] }
      ?? Self.multiples(of: sizeMultiple).map {
        Extent(height: $0.height * sizeMultiple, width: $0.width * sizeMultiple)
      }
    for (index, size) in sizes.enumerated() {
      let batch = index == 0 ? 2 : 1
      let shape = try logitsShape(for: [batch, size.height, size.width, normalization.channels])
      guard shape == [batch, size.height, size.width, classes] else {
        throw ONNXImportError(
          "its output for pictures of \(size) is \(shape), not a score for each of \(classes) classes")
      }
    }
  }

  /// Small and larger numbers of multiples, even and odd, the smallest of at least 32 pixels.
  private static func multiples(of length: Int) -> [Extent] {
    let least = max(1, (32 + length - 1) / length)
    return [
      Extent(height: 2 * least, width: 2 * least), Extent(least), Extent(height: least + 1, width: 2 * least + 1),
      Extent(height: 3 * least + 2, width: least + 3), Extent(height: 5 * least, width: 4 * least),
    ]
  }

  /// The same network for pictures whose sides are multiples of another number.
  func with(sizeMultiple: Int) -> Self {
    var configuration = self
    configuration.sizeMultiple = sizeMultiple
    return configuration
  }
}
