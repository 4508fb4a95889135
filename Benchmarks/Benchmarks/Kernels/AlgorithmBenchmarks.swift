import Benchmark
import Tessera

/// Times every algorithm that could compute a convolution of the networks at batch 5, 128 px, next to the chosen one:
/// the reference for the cost model.
func algorithmBenchmarks() {
  for layer in distinctConvolutions(batch: 5, size: 128) where layer.inputs > 3 {
    for pass in ConvolutionAlgorithm.Pass.allCases {
      let (inputs, outputs) = (layer.filter.shape[2], layer.filter.shape[3])
      let candidates = ConvolutionAlgorithm.candidates(
        pass, layer.geometry, inputChannels: inputs, outputChannels: outputs, groups: 1)
      guard candidates.count > 1 else { continue }
      let choice = ConvolutionAlgorithm.cheapest(
        pass, layer.geometry, batch: layer.batch, inputChannels: inputs, outputChannels: outputs, groups: 1)
      for candidate in candidates {
        benchmark(of: layer, pass, by: candidate, note: candidate == choice ? ", chosen" : "")
      }
    }
  }
}

private func benchmark(
  of layer: ConvolutionLayer, _ pass: ConvolutionAlgorithm.Pass, by algorithm: ConvolutionAlgorithm, note: String
) {
  let geometry = layer.geometry
  Benchmark.kernel("Algorithms: \(layer.name), \(pass) by \(algorithm)\(note)", multiplyAdds: layer.multiplyAdds) {
    // A transposed layer's input lies where the convolution's output does.
    let (large, small) = layer.isTransposed ? (layer.gradient, layer.input) : (layer.input, layer.gradient)
    return (large, small, layer.filter)
  } call: { large, small, filter in
    switch pass {
    case .forward: Convolution.forward(large, filter: filter, geometry: geometry, by: algorithm)
    case .inputGradient: Convolution.inputGradient(small, filter: filter, geometry: geometry, by: algorithm)
    case .filterGradient: Convolution.filterGradient(large, outputGradient: small, geometry: geometry, by: algorithm)
    }
  }
}
