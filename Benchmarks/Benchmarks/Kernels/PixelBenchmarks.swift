import Benchmark
import RecordedNetworks
import Tessera

/// Times work that passes once over the pixels and is in no recorded pass: dropout, the loss and probabilities.
func pixelBenchmarks() {
  Benchmark.kernel("Dropout 0.3, [5, 64, 64, 64]") {
    Tensor.random([5, 64, 64, 64])
  } call: { input in
    input.droppingOut(rate: 0.3, key: 1)
  }
  for shape: Shape in [[5, 128, 128, 151], [5, 256, 256, 21]] {
    Benchmark.kernel("Softmax cross-entropy, \(shape), with gradient") {
      var stream = RandomStream(seed: 1)
      let labels = (0..<shape.elementCount / shape[3]).map { _ in Int32(stream.index(below: shape[3])) }
      return (Tensor.random(shape), labels)
    } call: { logits, labels in
      SoftmaxCrossEntropy(logits: logits, labels: labels, ignored: 0, wantsGradient: true)
    }
    Benchmark.kernel("Softmax, \(shape), forward") {
      Tensor.random(shape)
    } call: {
      $0.softmax()
    }
    Benchmark.kernel("Softmax, \(shape), backward") {
      (Tensor.random(shape).softmax(), Tensor.random(shape))
    } call: { probabilities, gradient in
      probabilities.softmaxBackward(gradient)
    }
  }
}
