import TesseraHDF5
import TesseraNetworks
import TesseraTensors

/// An HDF5 file of Keras weights: `layer/0`, `layer/1` ... are its arrays, until a table names them.
///
/// Keras keeps a layer's arrays in the order of their creation; their names differ between its versions.
struct KerasFile: WeightsFile {
  /// A layer with weights.
  private struct Layer {
    let name: String
    let kind: WeightTable.Layer.Kind?
    let datasets: [HDF5Dataset]
  }

  let path: String
  let arrays: [(name: String, shape: Shape)]
  /// In the model's order, as far as their kinds are the same.
  private let layers: [Layer]
  private let datasets: [String: HDF5Dataset]
  private let description: KerasDescription?

  /// - Throws: `HDF5Error`, or `PretrainedWeightsError` if it is not a file of weights.
  init(contentsOf path: String) throws {
    let file = try HDF5File(contentsOf: path)
    // Only a file of a whole model has a description.
    let text = try? file.strings("model_config", of: "/")?.first
    try self.init(file, text.flatMap { KerasDescription($0.utf8) })
  }

  /// - Parameter description: of the whole model, if there is one.
  /// - Throws: `HDF5Error`, or `PretrainedWeightsError` if it is not a file of weights.
  init(_ file: HDF5File, _ description: KerasDescription?) throws {
    var known: Set<String> = []
    let layers = try KerasLayers(in: file, description).layers.map { layer in
      guard known.insert(layer.name).inserted else {
        throw PretrainedWeightsError.damaged(
          file: file.path, place: layer.places[0], reason: "a second layer '\(layer.name)'")
      }
      let datasets = try layer.places.map(file.dataset)
      return Layer(name: layer.name, kind: layer.kind ?? .init(keras: datasets.map(\.shape)), datasets: datasets)
    }
    self.init(file.path, layers, names: [:], description)
  }

  /// - Parameter names: the names of a layer's arrays, by the layer's name.
  private init(
    _ path: String, _ layers: [Layer], names: [String: [String]], _ description: KerasDescription?
  ) {
    let named = layers.flatMap { layer in
      layer.datasets.enumerated().map { index, dataset in
        (name: (names[layer.name] ?? []).dropFirst(index).first ?? "\(layer.name)/\(index)", dataset: dataset)
      }
    }
    (self.path, self.layers, self.description) = (path, layers, description)
    arrays = named.map { ($0.name, $0.dataset.shape) }
    datasets = Dictionary(named.map { ($0.name, $0.dataset) }) { first, _ in first }
  }

  var layerCounts: [WeightTable.Layer.Kind: Int] {
    Dictionary(layers.compactMap { layer in layer.kind.map { ($0, 1) } }, uniquingKeysWith: +)
  }

  /// A layer that is not in the file by name is the next one of its kind that no name finds: any, if the table's names
  /// are their user's choice, and otherwise one that only has a type and number, as in versions that store no names.
  func matched(with table: WeightTable) -> (file: any WeightsFile, table: WeightTable) {
    guard table.convention == .keras else { return (self, table) }
    let own = Dictionary(layers.enumerated().map { ($1.name, $0) }) { first, _ in first }
    var places = table.layers.map { $0.kind == .array ? nil : own[$0.name] }
    let taken = Set(places.compactMap(\.self))
    let rest = layers.indices.filter {
      !taken.contains($0) && (table.isOrdered || WeightTable.Layer.Kind.numbered(layers[$0].name) != nil)
    }
    var next = Dictionary(grouping: rest) { layers[$0].kind }.mapValues { $0[...] }
    for (index, layer) in table.layers.enumerated() where layer.kind != .array && places[index] == nil {
      places[index] = next[layer.kind]?.popFirst()
    }
    // What a user has named keeps its name; the names that a program always uses are the table's.
    let matched = zip(table.layers, places).map { layer, place in
      table.isOrdered ? layer.named(place.map { layers[$0].name } ?? layer.name) : layer
    }
    let names = zip(matched, places).compactMap { layer, place in
      place.map { (layers[$0].name, table.names(of: layer)) }
    }
    return (
      KerasFile(path, layers, names: Dictionary(names) { first, _ in first }, description),
      table.isOrdered ? table.with(layers: matched) : table
    )
  }

  func difference(from model: some SegmentationModel, by table: WeightTable) -> String? {
    description?.difference(from: model, by: table)
  }

  var lostLayers: [String] { description?.lostLayers ?? [] }

  func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) throws {
    guard let dataset = datasets[name] else { throw HDF5Error.missing(file: path, place: name) }
    try dataset.readBlocks(of: dataset.shape.elementsPerBlock, body)
  }
}

extension WeightTable.Layer.Kind {
  /// What a Keras layer with arrays of these shapes must be, or probably is: files of weights alone may not say it.
  fileprivate init?(keras shapes: [Shape]) {
    guard let kernel = shapes.first, shapes.count <= 2 else {
      guard shapes.count == 4, shapes.allSatisfy({ $0.rank == 1 }) else { return nil }
      self = .batchNormalization
      return
    }
    let outputs = shapes.count == 2 ? shapes[1].elementCount : nil
    switch kernel.rank {
    case 2: self = .dense
    case 4 where kernel[2] != kernel[3] && outputs == kernel[3]: self = .convolution
    case 4 where kernel[2] != kernel[3] && outputs == kernel[2]: self = .transposedConvolution
    // Only upsampling has windows without a middle.
    case 4: self = kernel[0] > 1 && kernel[0].isMultiple(of: 2) ? .transposedConvolution : .convolution
    default: return nil
    }
  }
}
