import Benchmark
import Tessera

/// The U-Net's way up (kernel 3, stride 2) and the FCNN's last layer (kernel 16, stride 8, 151 classes), both ways.
func transposedConvolutionBenchmarks() {
  let layers = [
    TransposedLayer(size: 8, kernel: 3, stride: 2, inputs: 1024, outputs: 512),
    TransposedLayer(size: 64, kernel: 3, stride: 2, inputs: 128, outputs: 64),
    TransposedLayer(size: 16, kernel: 16, stride: 8, inputs: 151, outputs: 151),
  ]
  for layer in layers {
    let (name, work) = (layer.name, layer.multiplyAdds)
    // A transposed convolution is the adjoint of a convolution, and each is the other's gradient.
    Benchmark.kernel("\(name), forward", multiplyAdds: work) {
      (layer.input, layer.filter, Tensor.random([layer.outputs]))
    } call: { input, filter, bias in
      Convolution.inputGradient(input, filter: filter, bias: bias, geometry: layer.geometry)
    }
    Benchmark.kernel("\(name), input gradient", multiplyAdds: work) {
      (layer.gradient, layer.filter)
    } call: { gradient, filter in
      Convolution.forward(gradient, filter: filter, geometry: layer.geometry)
    }
    Benchmark.kernel("\(name), filter gradient", multiplyAdds: work) {
      (layer.gradient, layer.input)
    } call: { gradient, input in
      Convolution.filterGradient(gradient, outputGradient: input, geometry: layer.geometry)
    }
  }
}

/// One layer's sizes and the tensors that go through it; the result is `stride` times the input's size.
private struct TransposedLayer {
  let size: Int
  let kernel: Int
  let stride: Int
  let inputs: Int
  let outputs: Int
  private let batch = 5

  init(size: Int, kernel: Int, stride: Int, inputs: Int, outputs: Int) {
    self.size = size
    self.kernel = kernel
    self.stride = stride
    self.inputs = inputs
    self.outputs = outputs
  }

  var name: String {
    "Transposed convolution \(kernel)x\(kernel), stride \(stride), "
      + "\(size) to \(size * stride) px, \(inputs) to \(outputs)"
  }
  var multiplyAdds: Int { batch * size * size * kernel * kernel * inputs * outputs }
  var geometry: WindowGeometry {
    WindowGeometry(transposing: Extent(size), window: Extent(kernel), stride: Extent(stride), cropping: .same)
  }
  var input: Tensor { .random([batch, size, size, inputs]) }
  var filter: Tensor { .random([kernel, kernel, outputs, inputs]) }
  var gradient: Tensor { .random([batch, size * stride, size * stride, outputs]) }
}
