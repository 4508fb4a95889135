import TesseraAutograd
import TesseraNetworks
import TesseraTensors

/// One layer's way from a file into parameters of a model.
struct LayerTransfer {
  /// A batch normalization that the model does not have.
  struct Normalization {
    /// Scale, offset, running mean and running variance, `[outputs]` each.
    let arrays: [ForeignArray]
    let epsilon: Double
  }

  /// In the file's words.
  let name: String
  /// The property path in the model.
  let path: String
  /// In the order of `parameters`; a bias may be missing where a normalization is folded into the layer.
  let arrays: [ForeignArray]
  let parameters: [Parameter]
  /// What becomes part of filter and bias.
  let normalization: Normalization?
  /// Whether the weights see blue first.
  let seesBlueFirst: Bool

  /// All arrays that the file must hold for it.
  var expected: [ForeignArray] { arrays + (normalization?.arrays ?? []) }

  /// How many channels the filter has in the file where that is another number than in the model.
  var adaptedChannels: Int? {
    guard let filter = arrays.first, let parameter = parameters.first, filter.ownShape != parameter.shape else { return nil }
    return filter.ownShape[2]
  }

  /// The values of the parameters.
  ///
  /// - Parameter faults: gets the names of arrays with numbers that cannot be.
  /// - Throws: what reading throws.
  func values(from file: any WeightsFile, noting faults: inout [String]) throws -> [Tensor] {
    var values = try arrays.map { try $0.read(from: file, noting: &faults) }
    if adaptedChannels != nil { values[0] = adapted(values[0], to: parameters[0].shape) }
    guard let normalization else { return values }
    if values.count == 1 { values.append(.zeros(parameters[1].shape)) }
    let norm = try normalization.arrays.map { try $0.read(from: file, noting: &faults).scalars }
    let (scale, offset, mean, variance) = (norm[0], norm[1], norm[2], norm[3])
    // In double precision, so that each weight is rounded once.
    let factors = zip(scale, variance).map { Double($0) / (Double($1) + normalization.epsilon).squareRoot() }
    values[0].withUnsafeMutableBufferPointer { filter in
      for index in filter.indices { filter[index] = Float(Double(filter[index]) * factors[index % factors.count]) }
    }
    values[1].withUnsafeMutableBufferPointer { bias in
      for index in bias.indices {
        bias[index] = Float((Double(bias[index]) - Double(mean[index])) * factors[index] + Double(offset[index]))
      }
    }
    return values
  }

  /// A first filter for pictures of another number of channels, by timm's rule (`adapt_input_conv`): the sum for a
  /// single channel, else the channels in turn, red first, times 3 / n, so that sums keep their size.
  private func adapted(_ filter: Tensor, to shape: Shape) -> Tensor {
    let (inputs, channels, outputs) = (filter.shape[2], shape[2], shape[3])
    let scale = Float(inputs) / Float(channels)
    let source = filter.scalars
    return Tensor(shape: shape) { values in
      for index in values.indices {
        let (output, channel, tap) = (index % outputs, index / outputs % channels, index / (outputs * channels))
        func weight(_ input: Int) -> Float { source[(tap * inputs + input) * outputs + output] }
        let input = channel % inputs
        values[index] =
          channels == 1
          ? (0..<inputs).reduce(0) { $0 + weight($1) } : scale * weight(seesBlueFirst ? inputs - 1 - input : input)
      }
    }
  }
}
