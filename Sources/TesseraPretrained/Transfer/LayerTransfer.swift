import TesseraAutograd
import TesseraNetworks
import TesseraTensors

/// One layer's way from a file into parameters of a model.
struct LayerTransfer {
  let layer: WeightTable.Layer
  /// The property path in the model.
  let path: String
  /// In the order of `parameters`; a bias may be missing where a normalization is folded into the layer.
  let arrays: [ForeignArray]
  private(set) var parameters: [Parameter]
  /// Scale, offset, running mean and variance of a batch normalization that the model does not have.
  private var normalization: [ForeignArray] = []
  private var epsilon = 0.0
  /// The bias of the convolution before a batch normalization, which the model's does not have.
  private(set) var bias: ForeignArray?
  /// Whether the weights see blue first.
  private let seesBlueFirst: Bool

  /// - Parameters:
  ///   - found: the model's parameters for the layer's arrays.
  ///   - shapes: those of the file's arrays.
  ///   - seesPicture: whether the filter can be adapted to another number of channels.
  init(
    _ layer: WeightTable.Layer, _ path: String, _ table: WeightTable, into found: [Parameter?],
    _ shapes: [String: Shape],
    seesPicture: Bool
  ) {
    let pairs = zip(table.names(of: layer), found).compactMap { name, parameter in parameter.map { (name, $0) } }
    arrays = pairs.enumerated().map { index, pair in
      let (name, shape) = (pair.0, pair.1.shape)
      guard index == 0, layer.properties.first == .filter else {
        return .same(name, shape, isVariance: index == 3).part(layer.share)
      }
      return .filter(
        name, of: layer.kind, table.convention, shape, found: shapes[name],
        channels: seesPicture ? table.normalization.channels : nil
      ).part(layer.share)
    }
    (self.layer, self.path, parameters) = (layer, path, pairs.map(\.1))
    seesBlueFirst = table.normalization.order == .bgr
  }

  /// Makes a batch normalization part of a convolution.
  mutating func fold(_ norm: WeightTable.Layer, into bias: Parameter, by table: WeightTable) {
    // Its outputs are not the filter's last length; what is not taken is reported as unused.
    if layer.kind == .transposedConvolution { return }
    normalization = table.names(of: norm).enumerated().map { .same($1, bias.shape, isVariance: $0 == 3) }
    epsilon = norm.epsilon ?? table.convention.epsilon
    if parameters.count == 1 { parameters.append(bias) }
  }

  /// Makes the bias of the convolution before a batch normalization part of its mean, which it is subtracted from.
  mutating func takeBias(of convolution: WeightTable.Layer, by table: WeightTable) {
    bias = table.names(of: convolution).last.map { .same($0, parameters[0].shape) }
  }

  /// All the arrays that the file must hold for it.
  var expected: [ForeignArray] { arrays + normalization + [bias].compactMap(\.self) }

  /// The number of channels that the filter has in the file, if it differs from the model's.
  var adaptedChannels: Int? { arrays[0].ownShape == parameters[0].shape ? nil : arrays[0].ownShape[2] }

  /// The values of the parameters.
  ///
  /// - Parameter faults: gets the names of arrays with impossible numbers.
  /// - Throws: what reading throws.
  func values(from file: any WeightsFile, noting faults: inout [String]) throws -> [Tensor] {
    var values = try arrays.map { try $0.read(from: file, noting: &faults) }
    if adaptedChannels != nil { values[0] = adapted(values[0], to: parameters[0].shape) }
    if let bias, let mean = layer.properties.firstIndex(of: .runningMean) {
      let bias = try bias.read(from: file, noting: &faults).scalars
      values[mean].withUnsafeMutableBufferPointer { mean in
        for index in mean.indices { mean[index] -= bias[index] }
      }
    }
    let norm = try normalization.map { try $0.read(from: file, noting: &faults).scalars }
    if norm.isEmpty { return values }
    if values.count == 1 { values.append(.zeros(parameters[1].shape)) }
    let (scale, offset, mean, variance) = (norm[0], norm[1], norm[2], norm[3])
    // In double precision, so each weight is rounded once.
    let factors = zip(scale, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
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
  /// single channel, otherwise the channels in turn, red first, times 3 / n, which keeps sums the same size.
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
