import Benchmark
import Tessera

/// Times work that passes once over the pixels: pooling, dropout and the loss, at the U-Net's largest sizes.
func pixelBenchmarks() {
  let features: Shape = [5, 128, 128, 64]
  let halves = WindowGeometry("maxPool", input: 128, window: 2, stride: 2, padding: .valid)
  Benchmark.kernel("Max pooling 2x2, \(features), forward") {
    Tensor.random(features)
  } call: { input in
    Pooling.maximum(input, geometry: halves)
  }
  Benchmark.kernel("Max pooling 2x2, \(features), gradient") {
    let input = Tensor.random(features)
    let output = Pooling.maximum(input, geometry: halves)
    return (Tensor.random(output.shape), input, output)
  } call: { gradient, input, output in
    Pooling.maximumGradient(gradient, input: input, output: output, geometry: halves)
  }
  Benchmark.kernel("Dropout 0.3, [5, 64, 64, 64]") {
    Tensor.random([5, 64, 64, 64])
  } call: { input in
    input.droppingOut(rate: 0.3, key: 1)
  }
  Benchmark.kernel("Softmax cross-entropy, [5, 128, 128, 151], with gradient") {
    var stream = RandomStream(seed: 1)
    let labels = (0..<5 * 128 * 128).map { _ in Int32(stream.index(below: 151)) }
    return (Tensor.random([5, 128, 128, 151]), labels)
  } call: { logits, labels in
    SoftmaxCrossEntropy(logits: logits, labels: labels, ignored: 0, wantsGradient: true)
  }
}
