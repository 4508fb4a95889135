// What a pickle names and calls: the few PyTorch functions that assemble tensors.

extension PickleMachine {
  mutating func pushGlobal(module: String, name: String) throws {
    let whole = "\(module).\(name)"
    guard let global = PickleGlobal(whole) else {
      throw PretrainedWeightsError.forbidden(file: reader.file, name: String(whole.prefix(200)).debugDescription)
    }
    try push(.global(global))
  }

  /// `('storage', class, name, device, elements)`, and in older files a sixth entry: `None`, or the part of the storage
  /// that is meant, `(its name, where it begins, its elements)`.
  mutating func pushStorage() throws {
    guard case .sequence(let place, isTuple: true) = try pop(), sequences[place].count >= 5,
      case .text("storage") = sequences[place][0], case .global(.storage(let type)) = sequences[place][1],
      case .text(let key) = sequences[place][2], case .integer(let count) = sequences[place][4]
    else { throw reader.fault("something outside the pickle is not a storage of numbers") }
    var storage = TorchStorage(key: key, type: type, count: count)
    if sequences[place].count > 5, case .sequence(let part, isTuple: true) = sequences[place][5] {
      guard sequences[part].count == 3, case .integer(let first) = sequences[part][1],
        case .integer(let partCount) = sequences[part][2]
      else { throw reader.fault("a part of a storage is described in an unknown way") }
      (storage.first, storage.partCount) = (first, partCount)
    }
    storages.append(storage)
    try push(.storage(storage))
  }

  mutating func reduce() throws {
    guard case .sequence(let place, isTuple: true) = try pop() else { throw reader.fault("a call has no arguments") }
    let arguments = sequences[place]
    guard case .global(let global) = try pop() else {
      throw PretrainedWeightsError.forbidden(file: reader.file, name: "a call of an unknown function")
    }
    switch global {
    case .orderedDictionary where arguments.isEmpty: try pushDictionary()
    case .orderedDictionary where arguments.count == 1: try pushDictionary(ofPairs: arguments[0])
    case .size where arguments.count == 1 && integers(arguments[0]) != nil: try push(arguments[0])
    case .rebuildTensor: try pushTensor(arguments)
    case .rebuildParameter:
      guard case .tensor(let tensor)? = arguments.first else { throw reader.fault("a parameter is not a tensor") }
      try push(.tensor(tensor))
    default:
      throw unknownCall(of: global, arguments)
    }
  }

  private func unknownCall(of global: PickleGlobal, _ arguments: [PickleValue]) -> PretrainedWeightsError {
    .forbidden(file: reader.file, name: "a call of \(global) with \(arguments.count) arguments")
  }

  /// Python 2 writes an ordered dictionary like this: as a list of pairs.
  private mutating func pushDictionary(ofPairs argument: PickleValue) throws {
    guard case .sequence(let list, isTuple: false) = argument else {
      throw unknownCall(of: .orderedDictionary, [argument])
    }
    try count(2 * sequences[list].count)
    try pushDictionary()
    for pair in sequences[list] {
      guard case .sequence(let place, _) = pair, sequences[place].count == 2 else {
        throw unknownCall(of: .orderedDictionary, [argument])
      }
      try set(sequences[place])
    }
  }

  /// `(storage, offset, shape, strides, requires_grad, hooks)`.
  private mutating func pushTensor(_ arguments: [PickleValue]) throws {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3])
    else { throw reader.fault("a tensor is described in an unknown way") }
    try push(.tensor(TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)))
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard case .sequence(let place, isTuple: true) = value, sequences[place].count <= 16 else { return nil }
    var numbers: [Int] = []
    for item in sequences[place] {
      guard case .integer(let number) = item else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// State dictionaries carry the versions of their modules as attributes, which are not used.
  mutating func build() throws {
    let state = try pop()
    guard case .dictionary = try top(), case .dictionary = state else {
      throw PretrainedWeightsError.forbidden(
        file: reader.file, name: "attributes of something that is not a dictionary")
    }
  }
}
