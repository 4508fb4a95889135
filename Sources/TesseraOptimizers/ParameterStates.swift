import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// What an optimizer keeps for each parameter: tensors of the parameter's shape, and its number of updates.
struct ParameterStates {
  /// One update of one parameter, or of its part, as its optimizer sees it.
  struct Update {
    let gradient: Tensor
    /// 1 in the parameter's first update. Each parameter has its own count, as in PyTorch; in Keras it is the
    /// optimizer's, which is the same as long as every parameter has a gradient in every step.
    let count: Int
    /// The parameter's own learning rate.
    let rate: Double
    /// Whether weight decay applies to it.
    let decays: Bool
  }

  private struct Entry {
    let name: String
    let parameter: Parameter
    let rateFactor: Double
    let decays: Bool
    var updates = UpdateCount()
    var tensors: [Tensor]
    /// The elements that are updated here; `nil` for all.
    var part: Range<Int>?
  }

  private let slots: [String]
  private var entries: [Entry] = []

  /// Freezes what `rules` freeze; stops the program if they do not fit the model.
  ///
  /// - Parameter slots: the names of the tensors of each parameter, which start as zeros.
  init(_ optimizer: String, for model: some Module, _ rules: ParameterRules, slots: [String] = []) {
    self.slots = slots
    let parameters = ParameterRules.trainables(of: model)
    if let error = ParameterRulesError(rules: rules, parameters: parameters) { fail("\(optimizer): \(error)") }
    for (paths, parameter) in parameters {
      var rateFactor = 1.0
      switch rules.rule(for: paths)?.effect {
      case .frozen: parameter.isTrainable = false
      case .rate(let factor):
        parameter.isTrainable = true
        rateFactor = factor
      case nil: break
      }
      guard parameter.isTrainable else { continue }
      entries.append(
        Entry(
          name: paths[0], parameter: parameter, rateFactor: rateFactor,
          decays: rules.decaysBiases || parameter.kind != .bias,
          tensors: slots.map { _ in Tensor.zeros(parameter.shape) }))
    }
  }

  /// Keeps only these parts of the parameters, as vectors, in states and updates; all states are still whole, or kept
  /// like this already.
  mutating func keep(_ parts: ParameterParts) {
    for index in entries.indices {
      guard let part = parts[entries[index].parameter], part != entries[index].part else { continue }
      require(entries[index].part == nil, "Optimizer.keep: another part of the parameters is kept already")
      entries[index].tensors = entries[index].tensors.map { $0.part(part) }
      entries[index].part = part
    }
  }

  /// Calls `rule` for each parameter that has a gradient, with its weights, or those of its part, and its tensors in
  /// the order of the slots.
  mutating func update(
    along gradients: Gradients, rate: Double,
    _ rule: (_ update: Update, _ weight: inout Tensor, _ tensors: inout [Tensor]) -> Void
  ) {
    for index in entries.indices {
      guard let gradient = gradients[entries[index].parameter] else { continue }
      entries[index].updates.increase()
      let update = Update(
        gradient: gradient, count: entries[index].updates.value, rate: rate * entries[index].rateFactor,
        decays: entries[index].decays)
      let parameter = entries[index].parameter
      if let part = entries[index].part {
        var weight = parameter.value.part(part)
        rule(update, &weight, &entries[index].tensors)
        parameter.value.replace(part, with: weight)
      } else {
        rule(update, &parameter.value, &entries[index].tensors)
      }
    }
  }

  var named: [(name: String, tensor: Tensor)] {
    entries.flatMap { entry in
      zip(slots, entry.tensors).map { ("\($0).\(entry.name)", $1) }
        + [("\(UpdateCount.ofParameter).\(entry.name)", entry.updates.tensor)]
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
      entries[index].updates = UpdateCount(saved: arrived["\(UpdateCount.ofParameter).\(name)"])
    }
  }
}
