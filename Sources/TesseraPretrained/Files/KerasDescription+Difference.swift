import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors

// Weights fit layers that compute something else, too: only the description tells.
extension KerasDescription {
  /// The first layer of the file that computes something else than the model's layer for its weights; `nil` if none
  /// does.
  ///
  /// - Parameter table: with the file's names.
  func difference(from model: some SegmentationModel, by table: WeightTable) -> String? {
    let named = table.layers.compactMap { layer in layer.path.map { (layer.name, $0) } }
    let paths = Dictionary(named) { first, _ in first }
    let modules = Dictionary(model.namedModules.map { ($0.name, $0.module) }) { first, _ in first }
    let settings = layers.lazy.compactMap { layer -> String? in
      guard let path = paths[layer.name] else { return nil }
      let differing: (name: String, found: String, own: String)?
      switch modules[path] {
      case let own as Conv2D:
        differing = layer.settings.difference(
          own.filter.shape, padding: own.padding == .same ? "same" : "valid", own.stride, own.dilation, own.groups,
          own.activation)
      case let own as TransposedConv2D:
        differing = layer.settings.difference(
          own.filter.shape, padding: own.cropping == .same ? "same" : "valid", own.stride, own.dilation, own.groups,
          own.activation)
      default: differing = nil
      }
      return differing.map { "\(layer.name) has \($0.name) \($0.found) and \(path) has \($0.own)" }
    }
    return settings.first ?? wiringDifference(from: model, paths)
  }

  /// Layers without weights that no network here has, so what they do is lost: name and type.
  var lostLayers: [String] {
    layers.filter { layer in
      layer.kind == nil && !layer.type.hasPrefix("Random") && !Self.keptTypes.contains(layer.type)
        && !(layer.type == "Activation" && Settings.keptActivations.contains(layer.settings.activation ?? ""))
    }.map { "\($0.name) (\($0.type))" }
  }

  /// What changes nothing in prediction, or is in the networks that tables describe.
  private static let keptTypes: Set = [
    "InputLayer", "MaxPooling2D", "Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise", "Concatenate",
    "Add", "ReLU", "Softmax",
  ]
}

extension KerasDescription.Settings {
  /// Those that may be a layer of their own, and the last ones, which are part of the loss here.
  fileprivate static let keptActivations: Set = ["linear", "relu", "softmax", "sigmoid"]

  fileprivate func difference(
    _ filter: Shape, padding: String, _ stride: Extent, _ dilation: Extent, _ groups: Int, _ activation: Activation
  ) -> (name: String, found: String, own: String)? {
    // Windows of one pixel need none.
    if let found = self.padding, found != padding, filter[0] * filter[1] > 1 { return ("padding", found, padding) }
    let extents = [("stride", strides, stride), ("dilation", self.dilation, dilation)]
    for case (let name, let found?, let own) in extents where found != [own.height, own.width] {
      return (name, found.map { "\($0)" }.joined(separator: " x "), "\(own.height) x \(own.width)")
    }
    if let found = self.groups, found != groups { return ("groups", "\(found)", "\(groups)") }
    if activation == .relu, let found = self.activation, !Self.keptActivations.contains(found) {
      return ("the activation", found, "\(activation)")
    }
    return nil
  }
}
