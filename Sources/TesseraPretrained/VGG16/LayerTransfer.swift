import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// One layer's way from a file into a convolution of a model.
struct LayerTransfer {
  let layer: VGG16Layout.Layer
  let convolution: Conv2D

  /// PyTorch's default, with which torchvision and timm train.
  private static let epsilon = 1e-5

  /// The arrays that the file must hold.
  var expected: [(name: String, shape: Shape)] {
    let filter = convolution.filter.shape
    let (height, width, inputs, outputs) = (filter[0], filter[1], filter[2], filter[3])
    let shape: Shape =
      switch (layer.isDense, layer.outputsFirst) {
      case (false, false): filter
      case (false, true): [outputs, inputs, height, width]
      case (true, false): [height * width * inputs, outputs]
      case (true, true): [outputs, inputs * height * width]
      }
    return [(layer.filter, shape)] + layer.names.dropFirst().map { ($0, [outputs]) }
  }

  /// The filter and the bias, in the model's layout; a batch normalization is folded into both.
  ///
  /// - Throws: what reading throws, or `PretrainedWeightsError.notFinite`.
  func values(from file: any WeightsFile) throws -> (filter: Tensor, bias: Tensor) {
    let shape = convolution.filter.shape
    var filter = try read(layer.filter, as: shape, from: file, turning: layer.outputsFirst)
    var bias = try read(layer.bias, as: [shape[3]], from: file)
    if let norm = layer.norm {
      let parts = try VGG16Layout.Layer.normParts.map { try read("\(norm).\($0)", as: [shape[3]], from: file).scalars }
      let factors = zip(parts[0], parts[3]).map { Double($0) / (Double($1) + Self.epsilon).squareRoot() }
      filter.withUnsafeMutableBufferPointer { filter in
        for index in filter.indices { filter[index] = Float(Double(filter[index]) * factors[index % factors.count]) }
      }
      bias = Tensor(
        bias.scalars.indices.map { index in
          Float((Double(bias.scalars[index]) - Double(parts[2][index])) * factors[index] + Double(parts[1][index]))
        }, shape: bias.shape)
      guard factors.allSatisfy(\.isFinite) else {
        throw PretrainedWeightsError.notFinite(file: file.path, name: "\(norm).running_var")
      }
    }
    return (filter, bias)
  }

  /// - Parameter turning: outputs come first in the file, and become the last length.
  private func read(
    _ name: String, as shape: Shape, from file: any WeightsFile, turning: Bool = false
  ) throws -> Tensor {
    var isFinite = true
    var fault: (any Error)?
    let tensor = Tensor(shape: shape) { values in
      do {
        try file.readRows(of: name) { start, block in
          isFinite = isFinite && block.allSatisfy(\.isFinite)
          if turning {
            turn(block, from: start, into: values, shape)
          } else {
            _ = UnsafeMutableBufferPointer(rebasing: values[start..<start + block.count]).update(fromContentsOf: block)
          }
        }
      } catch { fault = error }
    }
    if let fault { throw fault }
    if !isFinite { throw PretrainedWeightsError.notFinite(file: file.path, name: name) }
    return tensor
  }

  /// Writes filters `[outputs of the block, inputs, height, width]` into `[height, width, inputs, all outputs]`.
  private func turn(
    _ block: UnsafeBufferPointer<Float>, from start: Int, into values: UnsafeMutableBufferPointer<Float>,
    _ shape: Shape
  ) {
    let (taps, inputs, outputs) = (shape[0] * shape[1], shape[2], shape[3])
    let length = taps * inputs
    let (firstOutput, count) = (start / length, block.count / length)
    for tap in 0..<taps {
      for input in 0..<inputs {
        let row = (tap * inputs + input) * outputs + firstOutput
        var source = input * taps + tap
        for output in 0..<count {
          values[row + output] = block[source]
          source += length
        }
      }
    }
  }
}
