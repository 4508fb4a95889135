/// The tensors of a state dictionary, in its order, whatever a training script put around it.
struct TorchState {
  let tensors: [(name: String, tensor: TorchTensor)]

  /// The names under which training scripts keep the weights next to other things.
  private static let wrappers = ["state_dict", "model_state_dict", "model"]

  /// - Throws: `PretrainedWeightsError` if there is no state dictionary.
  init(_ root: PickleValue, of machine: PickleMachine, file: String) throws {
    guard case .dictionary(var place) = root else {
      throw PretrainedWeightsError.notWeights(file: file, "it holds no dictionary of tensors")
    }
    for _ in 0..<3 {
      let inner = machine.dictionaries[place].lazy.compactMap { key, value -> Int? in
        guard case .text(let name) = key, Self.wrappers.contains(name), case .dictionary(let inner) = value else {
          return nil
        }
        return inner
      }.first
      guard let inner else { break }
      place = inner
    }
    var known: Set<String> = []
    tensors = try machine.dictionaries[place].map { key, value in
      guard case .text(let name) = key, case .tensor(let tensor) = value else {
        throw PretrainedWeightsError.notWeights(
          file: file, "its dictionary holds things other than named tensors")
      }
      guard known.insert(name).inserted else {
        throw PretrainedWeightsError.damaged(file: file, place: name, reason: "the name occurs twice")
      }
      return (name, tensor)
    }
  }
}
