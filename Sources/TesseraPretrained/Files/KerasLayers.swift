import TesseraHDF5
import TesseraNetworks

/// Where the layers' arrays are in a Keras HDF5 file.
///
/// Two layouts are in use. That of `.h5` files has an attribute `layer_names`, at the root or, in a file of a whole
/// model, in the group `model_weights`; each layer's group has `weight_names`, paths within it. That of `.weights.h5`
/// files has groups `layers/<type>_<number>/vars` with arrays `0`, `1` ...; an attribute `name` holds the layer's own
/// name, except in some versions, which know it only by type and number.
struct KerasLayers {
  /// A layer with weights, and the places of its arrays in Keras' order.
  struct Layer {
    let name: String
    /// `nil` if the file does not say what it is, or no table names such layers.
    let kind: WeightTable.Layer.Kind?
    let places: [String]
  }

  /// In the model's order, as far as their types are the same.
  let layers: [Layer]

  /// - Parameter description: of the whole model, if the file has one.
  init(in file: HDF5File, _ description: KerasDescription?) throws {
    let isModel = try file.has("model_weights", in: "/")
    let root = isModel ? "/model_weights" : ""
    if let names = try file.strings("layer_names", of: isModel ? root : "/") {
      layers = try Self.legacy(names, in: file, root: root, description)
    } else if try file.has("layers", in: "/") {
      layers = try Self.current(in: file, "/layers", description.flatMap { $0.isNested ? nil : $0 })
    } else {
      throw PretrainedWeightsError.unknownFormat(
        file: file.path,
        found: "it is an HDF5 file, but not one of Keras weights: it has neither layer_names nor a group 'layers'",
        instead: "Save the weights with model.save_weights(\"model.weights.h5\")")
    }
  }

  private static func legacy(
    _ names: [String], in file: HDF5File, root: String, _ description: KerasDescription?
  ) throws -> [Layer] {
    let described = Dictionary(description?.layers.map { ($0.name, $0.kind) } ?? []) { first, _ in first }
    var layers: [Layer] = []
    for name in names {
      let group = "\(root)/\(name)"
      guard let weights = try file.strings("weight_names", of: group) else {
        throw PretrainedWeightsError.damaged(file: file.path, place: group, reason: "it has no weight_names")
      }
      for (layer, weights) in parts(of: name, weights) {
        let kind = described[layer] ?? WeightTable.Layer.Kind.numbered(layer)?.kind
        layers.append(Layer(name: layer, kind: kind, places: weights.map { "\(group)/\($0)" }))
      }
    }
    return layers
  }

  /// The layers of a group: one, unless it is a model, whose layers' names are in the paths of their weights.
  private static func parts(of name: String, _ weights: [String]) -> [(name: String, weights: [String])] {
    let parents = weights.map { $0.split(separator: "/").dropLast().last.map(String.init) ?? name }
    guard Set(parents).count > 1 else { return weights.isEmpty ? [] : [(name, weights)] }
    var parts: [(name: String, weights: [String])] = []
    for (parent, weight) in zip(parents, weights) {
      if parts.last?.name != parent { parts.append((parent, [])) }
      parts[parts.count - 1].weights.append(weight)
    }
    return parts
  }

  private static func current(
    in file: HDF5File, _ root: String, _ description: KerasDescription?
  ) throws -> [Layer] {
    var (layers, inner): ([Layer], [Layer]) = ([], [])
    // libhdf5 sorts them as text: conv2d_10 before conv2d_2.
    let groups = try file.members(of: root).map { ($0, WeightTable.Layer.Kind.numbered($0)) }
      .sorted { ($0.1?.number ?? 0) < ($1.1?.number ?? 0) }
    for (group, numbered) in groups {
      let folder = "\(root)/\(group)"
      guard try file.kind(of: folder) == .group else { continue }
      if try file.has("layers", in: folder) { inner += try current(in: file, "\(folder)/layers", nil) }
      guard try file.has("vars", in: folder) else { continue }
      let place = "\(folder)/vars"
      let arrays = try file.members(of: place)
      if arrays.isEmpty { continue }
      let described = numbered.flatMap { kind, number in
        description?.layers.filter { $0.kind == kind }.dropFirst(number).first
      }
      let name = try file.strings("name", of: place)?.first ?? described?.name ?? group
      // Numbers, which are sorted as text.
      let sorted = arrays.sorted { ($0.count, $0) < ($1.count, $1) }
      layers.append(Layer(name: name, kind: numbered?.kind, places: sorted.map { "\(place)/\($0)" }))
    }
    // An inner model is made before what uses it.
    return inner + layers
  }
}

extension WeightTable.Layer.Kind {
  /// The type and number of which Keras makes a name: `conv2d`, `conv2d_1`; `nil` if it is no such name.
  static func numbered(_ name: String) -> (kind: Self, number: Int)? {
    if let kind = Self(rawValue: name) { return (kind, 0) }
    guard let separator = name.lastIndex(of: "_"), let kind = Self(rawValue: String(name[..<separator])),
      let number = Int(name[name.index(after: separator)...]), number > 0
    else { return nil }
    return (kind, number)
  }
}
