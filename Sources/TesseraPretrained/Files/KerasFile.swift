import TesseraHDF5
import TesseraTensors

/// An HDF5 file of Keras weights: `layer/kernel` and `layer/bias` are its arrays, however the file names them.
struct KerasFile: WeightsFile {
  let path: String
  let arrays: [(name: String, shape: Shape)]
  private let datasets: [String: HDF5Dataset]

  /// - Throws: `HDF5Error`, or `PretrainedWeightsError` where it is no file of weights.
  init(contentsOf path: String) throws {
    let file = try HDF5File(contentsOf: path)
    let layers = try KerasLayers(in: file)
    self.path = path
    var arrays: [(name: String, shape: Shape)] = []
    var datasets: [String: HDF5Dataset] = [:]
    for layer in layers.layers {
      for (index, place) in layer.places.enumerated() {
        // Keras keeps a layer's arrays in the order in which it made them.
        let name = "\(layer.name)/\(index < 2 ? ["kernel", "bias"][index] : "\(index)")"
        let dataset = try file.dataset(place)
        guard datasets.updateValue(dataset, forKey: name) == nil else {
          throw PretrainedWeightsError.damaged(file: path, place: place, reason: "a second layer '\(layer.name)'")
        }
        arrays.append((name, dataset.shape))
      }
    }
    self.arrays = arrays
    self.datasets = datasets
  }

  func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) throws {
    guard let dataset = datasets[name] else { throw HDF5Error.missing(file: path, place: name) }
    let rowLength = dataset.shape.elementCount / max(1, dataset.shape.rank == 0 ? 1 : dataset.shape[0])
    try dataset.readBlocks(of: rowsPerBlock(rowLength: rowLength) * rowLength, body)
  }
}
