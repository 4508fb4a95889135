import TesseraHDF5
import TesseraNetworks
import TesseraTensors

/// An HDF5 file of Keras weights: `layer/0`, `layer/1` ... are its arrays, until a table names them.
///
/// Keras keeps a layer's arrays in the order of their creation; their names differ between its versions.
struct KerasFile: WeightsFile {
  let path: String
  let arrays: [(name: String, shape: Shape)]
  private let layers: [(name: String, datasets: [HDF5Dataset])]
  private let datasets: [String: HDF5Dataset]

  /// - Throws: `HDF5Error`, or `PretrainedWeightsError` if it is not a file of weights.
  init(contentsOf path: String) throws {
    let file = try HDF5File(contentsOf: path)
    var known: Set<String> = []
    let layers = try KerasLayers(in: file).layers.map { layer in
      guard known.insert(layer.name).inserted else {
        throw PretrainedWeightsError.damaged(
          file: path, place: layer.places[0], reason: "a second layer '\(layer.name)'")
      }
      return (layer.name, try layer.places.map(file.dataset))
    }
    self.init(path, layers, names: [:])
  }

  /// - Parameter names: the names of a layer's arrays, by the layer's name.
  private init(_ path: String, _ layers: [(name: String, datasets: [HDF5Dataset])], names: [String: [String]]) {
    let named = layers.flatMap { name, datasets in
      datasets.enumerated().map { index, dataset in
        (name: (names[name] ?? []).dropFirst(index).first ?? "\(name)/\(index)", dataset: dataset)
      }
    }
    (self.path, self.layers) = (path, layers)
    arrays = named.map { ($0.name, $0.dataset.shape) }
    datasets = Dictionary(named.map { ($0.name, $0.dataset) }) { first, _ in first }
  }

  /// A layer that is not in the file by name is looked up by type and number, as versions call it that store no names:
  /// `conv2d`, `conv2d_1`.
  func named(by table: WeightTable) -> KerasFile {
    guard table.convention == .keras else { return self }
    let own = Set(layers.map(\.name))
    var names: [String: [String]] = [:]
    var counts: [WeightTable.Layer.Kind: Int] = [:]
    for layer in table.layers where layer.kind != .array {
      let (type, number) = (layer.kind.rawValue, counts[layer.kind, default: 0])
      counts[layer.kind] = number + 1
      let numbered = number == 0 ? type : "\(type)_\(number)"
      if own.contains(layer.name) {
        names[layer.name] = table.names(of: layer)
      } else if names[numbered] == nil {
        names[numbered] = table.names(of: layer)
      }
    }
    return KerasFile(path, layers, names: names)
  }

  func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) throws {
    guard let dataset = datasets[name] else { throw HDF5Error.missing(file: path, place: name) }
    try dataset.readBlocks(of: dataset.shape.elementsPerBlock, body)
  }
}
