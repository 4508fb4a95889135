import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// What an optimizer keeps for each parameter: tensors of the parameter's shape, and how often it was updated.
struct ParameterStates {
  private struct Entry {
    let name: String
    let parameter: Parameter
    var updates = 0
    var tensors: [Tensor]
  }

  private static let updates = "updates"
  // The longest count that a float holds exactly.
  private static let mostUpdates = 1 << 24

  private let slots: [String]
  private var entries: [Entry] = []

  /// - Parameter slots: the names of the tensors of each parameter, which start as zeros.
  init(for model: some Module, slots: [String] = []) {
    self.slots = slots
    var known: Set<ObjectIdentifier> = []
    for (name, parameter) in model.namedParameters
    where parameter.isTrainable && known.insert(ObjectIdentifier(parameter)).inserted {
      let tensors = slots.map { _ in Tensor.zeros(parameter.value.shape) }
      entries.append(Entry(name: name, parameter: parameter, tensors: tensors))
    }
  }

  /// Calls `rule` for each parameter that has a gradient, with its tensors in the order of the slots.
  ///
  /// `count` is 1 in a parameter's first update. It is the parameter's own, as PyTorch has it; in Keras it is the
  /// optimizer's, which is the same as long as every parameter has a gradient in every step.
  mutating func update(
    along gradients: Gradients,
    _ rule: (_ parameter: Parameter, _ gradient: Tensor, _ count: Int, _ tensors: inout [Tensor]) -> Void
  ) {
    for index in entries.indices {
      guard let gradient = gradients[entries[index].parameter] else { continue }
      entries[index].updates = min(entries[index].updates + 1, Self.mostUpdates)
      rule(entries[index].parameter, gradient, entries[index].updates, &entries[index].tensors)
    }
  }

  var named: [(name: String, tensor: Tensor)] {
    entries.flatMap { entry in
      zip(slots, entry.tensors).map { ("\($0).\(entry.name)", $1) }
        + [("\(Self.updates).\(entry.name)", Tensor(Float(entry.updates)))]
    }
  }

  mutating func load(_ state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError) {
    let mismatch = TensorMismatchError(
      from: "the saved optimizer state", to: "the optimizer", expected: named.map { ($0.name, $0.tensor.shape) },
      arrived: state.map { ($0.name, $0.tensor.shape) })
    if let mismatch { throw mismatch }
    let arrived = Dictionary(state.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    for index in entries.indices {
      let name = entries[index].name
      entries[index].tensors = slots.compactMap { arrived["\($0).\(name)"] }
      let updates = arrived["\(Self.updates).\(name)"]?.item ?? 0
      // False for NaN too, which a damaged file may hold.
      entries[index].updates = (0...Float(Self.mostUpdates)).contains(updates) ? Int(updates) : 0
    }
  }
}
