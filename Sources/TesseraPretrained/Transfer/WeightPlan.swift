import TesseraAutograd
import TesseraLayers
import TesseraNetworks
import TesseraTensors

/// What a table makes of one file and one model: what fills which parameter, and what has no place.
struct WeightPlan {
  let transfers: [LayerTransfer]
  /// The arrays of the file that have no place in the model, as the table says, in the file's order.
  let leftOut: [String]
  /// Everything that does not fit; `nil` where all does.
  let mismatch: TensorMismatchError?
  /// The shapes of the file's arrays.
  private let shapes: [String: Shape]
  private let table: WeightTable

  init(_ table: WeightTable, of file: any WeightsFile, into model: some Module) {
    let shapes = Dictionary(file.arrays.map { ($0.name, $0.shape) }) { first, _ in first }
    let named = model.namedParameters
    let places = LayerPlaces(table, in: Dictionary(named.map { ($0.name, $0.parameter) }) { first, _ in first })
    transfers = table.layers.indices.compactMap { places.transfer(of: table.layers[$0], seesPicture: $0 == 0, shapes) }
    let namesLeftOut = Set(table.layers.filter(places.leavesOut).flatMap(table.names))
    leftOut = file.arrays.map(\.name).filter(namesLeftOut.contains)
    let ignored = Set(table.layers.flatMap(table.ignoredNames))
    let filled = Set(transfers.flatMap(\.parameters).map(ObjectIdentifier.init))
    let unfilled = named.filter { table.fills($0.name) && !filled.contains(ObjectIdentifier($0.parameter)) }
    mismatch = TensorMismatchError(
      from: file.path, to: table.name,
      expected: transfers.flatMap(\.expected).map { ($0.name, $0.shape) } + unfilled.map { ($0.name, $0.parameter.shape) },
      arrived: file.arrays.filter { !namesLeftOut.contains($0.name) && !ignored.contains($0.name) })
    (self.table, self.shapes) = (table, shapes)
  }

  /// Those whose arrays are in the file as the model needs them.
  var fitting: [LayerTransfer] {
    transfers.filter { $0.expected.allSatisfy { shapes[$0.name] == $0.shape } }
  }

  /// The first filter that has another number of outputs in the file, and fits otherwise.
  ///
  /// A network of another width has no shape right: that is one thing to say, not thirty.
  var otherWidth: (name: String, file: Int, model: Int)? {
    for transfer in transfers {
      let filter = transfer.arrays[0]
      guard let axis = filter.outputAxis, let found = shapes[filter.name], found != filter.shape else { continue }
      guard axis < found.rank else { return nil }
      // All of the layer's arrays agree about it: else one of them is wrong, and the width is no way out.
      let agree = transfer.expected.allSatisfy { array in
        let outputs = array.outputAxis ?? 0
        let lengths = array.shape.dimensions.enumerated().map { $0 == outputs ? found[axis] : $1 }
        return shapes[array.name]?.dimensions == lengths
      }
      return agree ? (filter.name, found[axis], filter.shape[axis]) : nil
    }
    return nil
  }

  /// What to do about a file that holds the part that must be filled, and nothing else.
  var hint: String? {
    let others = transfers.filter { !table.fills($0.path) }
    let missing = Set(mismatch?.missing ?? [])
    guard !others.isEmpty, missing == Set(others.flatMap(\.expected).map(\.name)) else { return nil }
    return "It holds the \(table.part) alone: take a file with \(others.map(\.name).joined(separator: " and ")), too, or a "
      + "network without \(others.map(\.path).joined(separator: " and "))."
  }
}
