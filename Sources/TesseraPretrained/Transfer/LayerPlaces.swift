import TesseraAutograd
import TesseraNetworks
import TesseraTensors

/// Where the layers of a table are in a model.
struct LayerPlaces {
  private let table: WeightTable
  /// The model's, by property path.
  private let parameters: [String: Parameter]
  /// The normalizations that the model does not have, by the path of the convolution that they become part of.
  private var folded: [String: WeightTable.Layer] = [:]

  init(_ table: WeightTable, in parameters: [String: Parameter]) {
    (self.table, self.parameters) = (table, parameters)
    for layer in table.layers where own(layer).isEmpty {
      guard case .batchNormalization(let convolution?, _) = layer.kind, parameters["\(convolution).bias"] != nil else {
        continue
      }
      folded[convolution] = layer
    }
  }

  /// The model's parameters for the arrays of a layer, in the order of their names; empty where it has no such layer.
  private func own(_ layer: WeightTable.Layer) -> [Parameter?] {
    guard let path = layer.path else { return [] }
    func named(_ names: String...) -> [Parameter?] { names.map { parameters["\(path).\($0)"] } }
    let found: [Parameter?]
    switch layer.kind {
    case .convolution, .depthwiseConvolution, .transposedConvolution: found = named("filter", "bias")
    // Ours may be a convolution whose window is the whole input.
    case .dense: found = [parameters["\(path).filter"] ?? parameters["\(path).weight"]] + named("bias")
    case .batchNormalization: found = named("scale", "offset", "runningMean", "runningVariance")
    case .normalization: found = named("scale", "offset")
    case .array: found = [parameters[path]]
    }
    return found.first.flatMap(\.self) == nil ? [] : found
  }

  /// Whether the arrays of a layer have no place in the model, and need none.
  func leavesOut(_ layer: WeightTable.Layer) -> Bool {
    guard own(layer).isEmpty else { return false }
    if case .batchNormalization(let convolution?, _) = layer.kind {
      // To forget the normalization of a convolution that is there would change what it computes.
      return !table.fills(convolution) && parameters["\(convolution).filter"] == nil
    }
    return layer.path.map { !table.fills($0) } ?? true
  }

  /// The way of a layer into the model; `nil` where it has none.
  ///
  /// - Parameters:
  ///   - seesPicture: whether its filter can be adapted to another number of channels.
  ///   - shapes: those of the file's arrays.
  func transfer(of layer: WeightTable.Layer, seesPicture: Bool, _ shapes: [String: Shape]) -> LayerTransfer? {
    let found = zip(table.names(of: layer), own(layer)).compactMap { name, parameter in parameter.map { (name, $0) } }
    guard let path = layer.path, !found.isEmpty else { return nil }
    let arrays = found.enumerated().map { index, array -> ForeignArray in
      let (name, shape) = (array.0, array.1.shape)
      guard index == 0, layer.kind.hasFilter else { return .same(name, shape, isVariance: index == 3) }
      return .filter(
        name, of: layer.kind, outputsFirst: table.convention.outputsFirst,
        ownShape: seesPicture ? adaptable(shape, to: shapes[name]) : shape, found: shapes[name])
    }
    var parameters = found.map(\.1)
    var normalization: LayerTransfer.Normalization?
    if let norm = folded[path], layer.kind != .transposedConvolution, let bias = self.parameters["\(path).bias"] {
      normalization = self.normalization(norm, bias.shape)
      if !layer.hasBias { parameters.append(bias) }
    }
    return LayerTransfer(
      name: layer.name, path: path, arrays: arrays, parameters: parameters, normalization: normalization,
      seesBlueFirst: table.normalization.order == .bgr)
  }

  /// The shape `[height, width, channels, outputs]` of a filter for pictures, with as many channels as the weights have.
  private func adaptable(_ shape: Shape, to found: Shape?) -> Shape {
    guard shape.rank == 4, found?.rank != 4 || found?[table.convention.outputsFirst ? 1 : 2] != shape[2] else { return shape }
    return [shape[0], shape[1], table.normalization.channels, shape[3]]
  }

  private func normalization(_ layer: WeightTable.Layer, _ shape: Shape) -> LayerTransfer.Normalization {
    var epsilon = table.convention.epsilon
    if case .batchNormalization(_, let own?) = layer.kind { epsilon = own }
    let arrays = table.names(of: layer).enumerated().map { ForeignArray.same($1, shape, isVariance: $0 == 3) }
    return .init(arrays: arrays, epsilon: epsilon)
  }
}

extension WeightTable.Layer.Kind {
  /// Whether its first array has outputs, which are laid out by the program's convention.
  fileprivate var hasFilter: Bool {
    switch self {
    case .convolution, .depthwiseConvolution, .transposedConvolution, .dense: true
    case .batchNormalization, .normalization, .array: false
    }
  }
}
