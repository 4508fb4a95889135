import TesseraAutograd
import TesseraLayers
import TesseraNetworks
import TesseraTensors

/// What a table makes of one file and one model: what fills which parameter, and what has no place.
struct WeightPlan {
  private(set) var transfers: [LayerTransfer] = []
  /// The arrays of the file that have no place in the model, as the table says, in the file's order.
  let leftOut: [String]
  /// Everything that does not fit; `nil` if everything fits.
  let mismatch: TensorMismatchError?
  /// The shapes of the file's arrays.
  let shapes: [String: Shape]
  let table: WeightTable

  init(_ table: WeightTable, of file: any WeightsFile, into model: any Module) {
    let shapes = Dictionary(file.arrays.map { ($0.name, $0.shape) }) { first, _ in first }
    let named = model.namedParameters
    let parameters = Dictionary(named.map { ($0.name, $0.parameter) }) { first, _ in first }

    /// The model's parameters for a layer's arrays; empty where it has no such layer.
    func own(_ layer: WeightTable.Layer) -> [Parameter?] {
      guard let path = layer.path else { return [] }
      if layer.kind == .array { return parameters[path].map { [$0] } ?? [] }
      let found = layer.properties.map { property in
        parameters["\(path).\(property)"] ?? (property == .filter ? parameters["\(path).weight"] : nil)
      }
      return found[0] == nil ? [] : found
    }

    // Normalizations that the model does not have become part of a convolution that has a bias.
    var folded: [String: WeightTable.Layer] = [:]
    for layer in table.layers where own(layer).isEmpty {
      if let path = layer.convolution, parameters["\(path).bias"] != nil { folded[path] = layer }
    }
    // A bias that a convolution of the model does not have becomes part of the mean of the normalization after it.
    let biased = table.layers.filter { layer in layer.hasBias && own(layer).contains { $0 == nil } }
    let convolutions = Dictionary(biased.map { ($0.path ?? "", $0) }) { first, _ in first }
    var leftOut = Set(file.arrays.map(\.name).filter(table.leavesOut))
    for (index, layer) in table.layers.enumerated() {
      let found = own(layer)
      if let path = layer.path, !found.isEmpty {
        var transfer = LayerTransfer(
          layer, path, table, into: found, shapes, seesPicture: index == 0)
        if let convolution = layer.convolution.flatMap({ convolutions[$0] }) {
          transfer.takeBias(of: convolution, by: table)
        }
        if let norm = folded[path], let bias = parameters["\(path).bias"] { transfer.fold(norm, into: bias, by: table) }
        transfers.append(transfer)
        leftOut.subtract(table.names(of: layer) + table.ignoredNames(of: layer))
      } else if layer.convolution.map({ parameters["\($0).filter"] == nil }) != false,
        // Dropping the normalization of a convolution that is there would change what that computes.
        (layer.path ?? layer.convolution).map(table.fills) != true
      {
        leftOut.formUnion(table.names(of: layer))
      }
    }
    let filled = Set(transfers.flatMap(\.parameters).map(ObjectIdentifier.init))
    let unfilled = named.filter { table.fills($0.name) && !filled.contains(ObjectIdentifier($0.parameter)) }
    let known = leftOut.union(table.layers.flatMap(table.ignoredNames))
    mismatch = TensorMismatchError(
      from: file.path, to: table.name,
      expected: transfers.flatMap(\.expected).map { ($0.name, $0.shape) }
        + unfilled.map { ($0.name, $0.parameter.shape) },
      arrived: file.arrays.filter { !known.contains($0.name) })
    self.leftOut = file.arrays.map(\.name).filter(leftOut.contains)
    (self.table, self.shapes) = (table, shapes)
  }

  /// The layers whose arrays are in the file as the model needs them.
  var fitting: [LayerTransfer] {
    transfers.filter { $0.expected.allSatisfy { shapes[$0.name] == $0.shape } }
  }

  /// The first filter that has a different number of outputs in the file, and fits otherwise.
  ///
  /// A network of another width has every shape wrong: that is one thing to report, not thirty.
  var otherWidth: (name: String, file: Int, model: Int)? {
    for transfer in transfers {
      let filter = transfer.arrays[0]
      guard let axis = filter.outputAxis, let found = shapes[filter.name], found != filter.shape else { continue }
      guard axis < found.rank else { return nil }
      // All of the layer's arrays agree about it: otherwise one of them is wrong, and the width is no remedy.
      let agree = transfer.expected.allSatisfy { array in
        let outputs = array.outputAxis ?? 0
        let lengths = array.shape.dimensions.enumerated().map { $0 == outputs ? found[axis] : $1 }
        return shapes[array.name]?.dimensions == lengths
      }
      return agree ? (filter.name, found[axis], filter.shape[axis]) : nil
    }
    return nil
  }

  /// Whether what does not fit is more than a fourth of what the model needs.
  var differsMuch: Bool {
    let wrong = mismatch.map { $0.missing.count + $0.unused.count + $0.misshapen.count } ?? 0
    return 4 * wrong > transfers.reduce(0) { $0 + $1.expected.count }
  }

  /// What to do about a file that holds the part that must be filled, and nothing else.
  var hint: String? {
    let others = transfers.filter { !table.fills($0.path) }
    guard !others.isEmpty, mismatch.map({ Set($0.missing) }) == Set(others.flatMap(\.expected).map(\.name)) else {
      return nil
    }
    let (names, paths) = (others.map(\.layer.name), others.map(\.path))
    return "It holds only the \(table.part): use a file that also has \(names.joined(separator: " and ")), or a "
      + "network without \(paths.joined(separator: " and "))."
  }
}
