import Benchmark
import RecordedNetworks
import Tessera

/// Times every distinct convolution of the networks: with both gradients in training, and forward for one picture.
func convolutionBenchmarks() {
  var seen: Set<String> = []
  for work in RecordedNetwork.all.flatMap({ $0.training.convolutions + $0.inference.convolutions })
  where seen.insert(work.name).inserted {
    benchmark(of: work)
  }
}

private func benchmark(of work: ConvolutionPass) {
  let (geometry, groups) = (work.geometry, work.groups)
  switch work.pass {
  case .forward:
    // Bias and activation, which nearly all have in inference, are part of the convolution.
    Benchmark.kernel(work.name, multiplyAdds: work.multiplyAdds) {
      (work.input, work.filter, work.bias)
    } call: { input, filter, bias in
      Convolution.forward(input, filter: filter, bias: bias, geometry: geometry, groups: groups, activation: .relu)
    }
  case .inputGradient:
    Benchmark.kernel(work.name, multiplyAdds: work.multiplyAdds) {
      (work.outputGradient, work.filter)
    } call: { gradient, filter in
      Convolution.inputGradient(gradient, filter: filter, geometry: geometry, groups: groups)
    }
  case .filterGradient:
    Benchmark.kernel(work.name, multiplyAdds: work.multiplyAdds) {
      (work.input, work.outputGradient)
    } call: { input, gradient in
      Convolution.filterGradient(input, outputGradient: gradient, geometry: geometry, groups: groups)
    }
  }
}
