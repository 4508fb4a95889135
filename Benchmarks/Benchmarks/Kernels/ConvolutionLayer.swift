import Tessera

/// One convolution of a network, transposed or not: its sizes, and the tensors that go through it.
struct ConvolutionLayer: Hashable, Sendable {
  let isTransposed: Bool
  /// The number of pictures in a pass.
  private(set) var batch: Int
  /// The side of the square input picture, in pixels.
  private(set) var size: Int
  let kernel: Int
  let stride: Int
  let inputs: Int
  let outputs: Int
  let hasBias: Bool
  let activation: Activation

  /// Creates the layer for one picture whose result has `resultSize` x `resultSize` pixels; `nil` if not a convolution.
  init?(_ layer: any Layer, resultSize: Int) {
    batch = 1
    switch layer {
    case let layer as Conv2D:
      let filter = layer.filter.value.shape
      (isTransposed, kernel, inputs, outputs) = (false, filter[0], filter[2], filter[3])
      (stride, hasBias, activation) = (layer.stride.height, layer.bias != nil, layer.activation)
      size = resultSize * stride
    case let layer as TransposedConv2D:
      let filter = layer.filter.value.shape
      (isTransposed, kernel, inputs, outputs) = (true, filter[0], filter[3], filter[2])
      (stride, hasBias, activation) = (layer.stride.height, layer.bias != nil, layer.activation)
      size = resultSize / stride
    default: return nil
    }
  }

  /// Returns the same layer in a pass over `batch` pictures that are `factor` times as large.
  func enlarged(_ factor: Int, batch: Int) -> ConvolutionLayer {
    var layer = self
    (layer.size, layer.batch) = (size * factor, batch)
    return layer
  }

  var name: String {
    let channels = "\(inputs) to \(outputs), batch \(batch)"
    if isTransposed {
      return "Transposed convolution \(kernel)x\(kernel), stride \(stride), \(size) to \(resultSize) px, \(channels)"
    }
    return "Convolution \(kernel)x\(kernel), \(stride == 1 ? "" : "stride \(stride), ")\(size) px, \(channels)"
  }

  /// The multiply-adds of the direct sum, however the kernel computes it.
  var multiplyAdds: Int {
    let windows = isTransposed ? size * size : resultSize * resultSize
    return batch * windows * kernel * kernel * inputs * outputs
  }

  /// The windows of the convolution; for a transposed one, of the convolution whose adjoint it is.
  var geometry: WindowGeometry {
    isTransposed
      ? WindowGeometry(transposing: Extent(size), window: Extent(kernel), stride: Extent(stride), cropping: .same)
      : WindowGeometry("conv2D", input: Extent(size), window: Extent(kernel), stride: Extent(stride), padding: .same)
  }

  var input: Tensor { .random([batch, size, size, inputs]) }
  var filter: Tensor { .random(isTransposed ? [kernel, kernel, outputs, inputs] : [kernel, kernel, inputs, outputs]) }
  var bias: Tensor? { hasBias ? .random([outputs]) : nil }
  var gradient: Tensor { .random([batch, resultSize, resultSize, outputs]) }

  private var resultSize: Int { isTransposed ? size * stride : size / stride }
}
