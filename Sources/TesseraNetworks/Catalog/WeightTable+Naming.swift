import TesseraLayers

extension WeightTable {
  /// The table of a network's layers, whose kinds follow from the network itself.
  ///
  /// - Parameters:
  ///   - name: program and network, as messages call them.
  ///   - normalization: what the weights expect of pixels.
  ///   - part: what the layers fill entirely, by its property path; empty for the whole network.
  ///   - network: takes no memory, as weights are drawn on first use.
  ///   - naming: the program's names for the network's layers.
  ///   - variant: details of the encoder in which the program differs.
  public init(
    _ name: String, normalization: ImageNormalization, part: String = "", of network: some Module, naming: LayerNaming,
    variant: EncoderVariant = EncoderVariant()
  ) {
    let (convention, modules) = (naming.convention, network.namedModules)
    let named = modules.compactMap { path, module in naming.names[path].map { (path: path, module: module, name: $0) } }
    // Outputs lie one after another only where they come first.
    let sharing = convention.outputsFirst ? Dictionary(grouping: named, by: \.name) : [:]
    // The convolutions before normalizations that have biases there and none here, by the normalization's path.
    let units = naming.biasesAreFolded ? modules.filter { $0.module is ConvNorm }.map(\.name) : []
    let convolutions = Dictionary(units.map { ("\($0).norm", "\($0).convolution") }) { first, _ in first }
    let folded = Set(convolutions.values)

    var layers: [Layer] = []
    for (path, module, foreign) in named {
      guard var layer = Self.layer(module, foreign, path, convention, after: convolutions[path]) else { continue }
      if folded.contains(path) { layer.hasBias = true }
      if let parts = sharing[foreign], parts.count > 1 {
        layer.share = parts.firstIndex { $0.path == path }.map { Layer.Share(index: $0, count: parts.count) }
      }
      layers.append(layer)
    }
    let order = Dictionary(naming.sequence.enumerated().map { ($1, $0) }) { first, _ in first }
    if !order.isEmpty { layers.sort { order[$0.path ?? "", default: 0] < order[$1.path ?? "", default: 0] } }
    let found = Set(layers.compactMap(\.path))
    let absent = naming.names.filter { !found.contains($0.key) }.map(\.value)
    // Keras' are dense layers, which files without names count.
    let scores: [Layer] = convention == .keras ? naming.leftOut.map { .dense($0, nil) } : []
    self.init(
      name, convention: convention, normalization: normalization, part: part, layers: layers + scores,
      leavingOut: (scores.isEmpty ? naming.leftOut : []) + absent, variant: variant)
  }

  /// What a module is in a file; `nil` if it has no arrays of its own.
  private static func layer(
    _ module: any Module, _ name: String, _ path: String, _ convention: Convention, after convolution: String?
  ) -> Layer? {
    switch module {
    case let layer as Conv2D:
      layer.groups > 1 && layer.filter.shape[2] == 1
        ? .depthwiseConvolution(name, path, bias: layer.bias != nil)
        : .convolution(name, path, bias: layer.bias != nil)
    case let layer as TransposedConv2D: .transposedConvolution(name, path, bias: layer.bias != nil)
    case let layer as Dense: .dense(name, path, bias: layer.bias != nil)
    case let layer as BatchNorm:
      .batchNormalization(
        name, path, after: convolution,
        epsilon: Float(convention.epsilon) == layer.convention.epsilon ? nil : Double(layer.convention.epsilon))
    case is LayerNorm, is GroupNorm: .normalization(name, path)
    default: nil
    }
  }
}
