import TesseraHDF5

/// Where the layers' arrays are in a Keras HDF5 file.
///
/// Two layouts are in use. That of `.h5` files has an attribute `layer_names`, at the root or, in a file of a whole
/// model, in the group `model_weights`; each layer's group has `weight_names`, paths within it. That of `.weights.h5`
/// files has groups `layers/<name>/vars` with arrays `0`, `1` ...; an attribute `name` holds the layer's own name,
/// except in some versions, which know it only by type and number.
struct KerasLayers {
  /// A layer with weights, and the places of its arrays in Keras' order.
  struct Layer {
    let name: String
    let places: [String]
  }

  let layers: [Layer]

  init(in file: HDF5File) throws {
    let isModel = try file.has("model_weights", in: "/")
    let root = isModel ? "/model_weights" : ""
    if let names = try file.strings("layer_names", of: isModel ? root : "/") {
      layers = try Self.legacy(names, in: file, root: root)
    } else if try file.has("layers", in: "/") {
      layers = try Self.current(in: file)
    } else {
      throw PretrainedWeightsError.unknownFormat(
        file: file.path,
        found: "it is an HDF5 file, but not one of Keras weights: it has neither layer_names nor a group 'layers'",
        instead: "Save the weights with model.save_weights(\"model.weights.h5\")")
    }
  }

  private static func legacy(_ names: [String], in file: HDF5File, root: String) throws -> [Layer] {
    var layers: [Layer] = []
    for name in names {
      let group = "\(root)/\(name)"
      guard let weights = try file.strings("weight_names", of: group) else {
        throw PretrainedWeightsError.damaged(file: file.path, place: group, reason: "it has no weight_names")
      }
      if !weights.isEmpty { layers.append(Layer(name: name, places: weights.map { "\(group)/\($0)" })) }
    }
    return layers
  }

  private static func current(in file: HDF5File) throws -> [Layer] {
    var layers: [Layer] = []
    for group in try file.members(of: "/layers") {
      let place = "/layers/\(group)/vars"
      guard try file.kind(of: "/layers/\(group)") == .group, try file.has("vars", in: "/layers/\(group)") else {
        continue
      }
      let arrays = try file.members(of: place)
      if arrays.isEmpty { continue }
      let name = try file.strings("name", of: place)?.first ?? group
      // Numbers, which are sorted as text.
      let sorted = arrays.sorted { ($0.count, $0) < ($1.count, $1) }
      layers.append(Layer(name: name, places: sorted.map { "\(place)/\($0)" }))
    }
    return layers
  }
}
