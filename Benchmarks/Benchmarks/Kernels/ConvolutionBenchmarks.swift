import Benchmark
import Tessera

/// Times every distinct convolution of both networks: with both gradients at the size of a training step, batch 5 and
/// 128 px; forward at the sizes of inference, one picture of 128 and 512 px.
func convolutionBenchmarks() {
  for layer in distinctConvolutions(batch: 5, size: 128) {
    forwardBenchmark(of: layer)
    gradientBenchmarks(of: layer)
  }
  for size in [128, 512] {
    for layer in distinctConvolutions(batch: 1, size: size) { forwardBenchmark(of: layer) }
  }
}

func distinctConvolutions(batch: Int, size: Int) -> [ConvolutionLayer] {
  var seen: Set<ConvolutionLayer> = []
  return RecordedNetwork.all.flatMap { $0.convolutions(batch: batch, size: size) }.filter { seen.insert($0).inserted }
}

/// Times the forward pass, with bias and activation as in the network.
private func forwardBenchmark(of layer: ConvolutionLayer) {
  let geometry = layer.geometry
  Benchmark.kernel("\(layer.name), forward", multiplyAdds: layer.multiplyAdds) {
    (layer.input, layer.filter, layer.bias)
  } call: { input, filter, bias in
    // A transposed convolution is the adjoint of a convolution, and each is the other's gradient.
    layer.isTransposed
      ? Convolution.inputGradient(
        input, filter: filter, bias: bias, geometry: geometry, activation: layer.activation)
      : Convolution.forward(input, filter: filter, bias: bias, geometry: geometry, activation: layer.activation)
  }
}

private func gradientBenchmarks(of layer: ConvolutionLayer) {
  let geometry = layer.geometry
  Benchmark.kernel("\(layer.name), filter gradient", multiplyAdds: layer.multiplyAdds) {
    (layer.input, layer.gradient)
  } call: { input, gradient in
    layer.isTransposed
      ? Convolution.filterGradient(gradient, outputGradient: input, geometry: geometry)
      : Convolution.filterGradient(input, outputGradient: gradient, geometry: geometry)
  }
  // The first layer's input is the picture, which needs no gradient.
  guard layer.inputs > 3 else { return }
  Benchmark.kernel("\(layer.name), input gradient", multiplyAdds: layer.multiplyAdds) {
    (layer.gradient, layer.filter)
  } call: { gradient, filter in
    layer.isTransposed
      ? Convolution.forward(gradient, filter: filter, geometry: geometry)
      : Convolution.inputGradient(gradient, filter: filter, geometry: geometry)
  }
}
