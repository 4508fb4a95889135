import Benchmark
import Tessera

/// A 3x3 convolution of the U-Net: forward, with bias and ReLU as the network has them, and both gradients.
func convolutionBenchmarks() {
  let layers = [
    ConvolutionLayer(size: 128, inputs: 3, outputs: 64),
    ConvolutionLayer(size: 128, inputs: 64, outputs: 64),
    ConvolutionLayer(size: 64, inputs: 128, outputs: 128),
    ConvolutionLayer(size: 32, inputs: 256, outputs: 256),
    ConvolutionLayer(size: 16, inputs: 1024, outputs: 512),
    ConvolutionLayer(size: 8, inputs: 1024, outputs: 1024),
  ]
  for layer in layers {
    let (name, work) = (layer.name, layer.multiplyAdds)
    Benchmark.kernel("\(name), forward", multiplyAdds: work) {
      (layer.input, layer.filter, Tensor.random([layer.outputs]))
    } call: { input, filter, bias in
      Convolution.forward(input, filter: filter, bias: bias, geometry: layer.geometry, activation: .relu)
    }
    Benchmark.kernel("\(name), filter gradient", multiplyAdds: work) {
      (layer.input, layer.gradient)
    } call: { input, gradient in
      Convolution.filterGradient(input, outputGradient: gradient, geometry: layer.geometry)
    }
    // The first layer's input is the picture, which needs no gradient.
    guard layer.inputs > 3 else { continue }
    Benchmark.kernel("\(name), input gradient", multiplyAdds: work) {
      (layer.gradient, layer.filter)
    } call: { gradient, filter in
      Convolution.inputGradient(gradient, filter: filter, geometry: layer.geometry)
    }
  }
}

/// One layer's sizes and the tensors that go through it.
private struct ConvolutionLayer {
  let size: Int
  let inputs: Int
  let outputs: Int
  private let batch = 5

  init(size: Int, inputs: Int, outputs: Int) {
    self.size = size
    self.inputs = inputs
    self.outputs = outputs
  }

  var name: String { "Convolution 3x3, \(size) px, \(inputs) to \(outputs)" }
  var multiplyAdds: Int { batch * size * size * 9 * inputs * outputs }
  var geometry: WindowGeometry { WindowGeometry("conv2D", input: Extent(size), window: 3, padding: .same) }
  var input: Tensor { .random([batch, size, size, inputs]) }
  var filter: Tensor { .random([3, 3, inputs, outputs]) }
  var gradient: Tensor { .random([batch, size, size, outputs]) }
}
