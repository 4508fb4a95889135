import TesseraAutograd
import TesseraKernels
import TesseraOptimizers
import TesseraTensors

// What a run begins with, and what can be saved of it. The files are rank 0's: the others get everything from it, and
// give it what they have when it saves.
extension TrainingRun {
  /// Starts like the other ranks, from where another process was if there is a snapshot.
  ///
  /// - Parameter snapshot: looked at on rank 0 only.
  mutating func begin(from snapshot: consuming TrainingSnapshot?) throws {
    if group.isAlone {
      if let snapshot = consume snapshot { try resume(from: snapshot) }
      return
    }
    try requireSameRun()
    let resumed = group.isLeader ? consume snapshot : nil
    (position, reports) = try group.leading {
      if let resumed { try resume(from: resumed) }
      return Start(position: position, reports: reports)
    }.contents
    ending = trainer.limits.lostPatience(after: reports).map { .outOfPatience(best: $0) }
    try group.spread(trainer.model)
    if let average = trainer.step.average { try spread(average.state, average.load) }
    try divideOptimizer()
  }

  private struct Start: Codable {
    let position: TrainingPosition, reports: [EpochReport]
    var contents: (TrainingPosition, [EpochReport]) { (position, reports) }
  }

  /// Loads what rank 0 has of a state that is the same everywhere.
  private func spread(
    _ state: [(name: String, tensor: Tensor)], _ load: ([(name: String, tensor: Tensor)]) throws -> Void
  ) throws {
    var tensors = state.map(\.tensor)
    try group.spread(&tensors)
    if !group.isLeader { try load(zip(state, tensors).map { ($0.name, $1) }) }
  }

  /// Gives each rank its part of rank 0's optimizer.
  private func divideOptimizer() throws {
    let optimizer = trainer.optimizer
    guard let divisible = optimizer as? any DivisibleOptimizer else {
      return try spread(optimizer.state, optimizer.load)
    }
    var whole = group.isLeader ? optimizer.state : []
    divisible.keep(division.parts(of: parameters, for: group.rank))
    var state = optimizer.state
    let indices = stateIndices(state)
    try group.scatter(
      state.indices.compactMap { place in
        indices[place].map { index in
          DividedMemory(
            tensor: index, part: state[place].tensor.memoryForExchange,
            whole: group.isLeader ? whole[place].tensor.memoryForExchange : nil)
        }
      }, divided: division)
    // Numbers of updates.
    let rest = state.indices.filter { indices[$0] == nil }
    var counts = rest.map { state[$0].tensor }
    try group.spread(&counts)
    for (place, count) in zip(rest, counts) { state[place].tensor = count }
    if !group.isLeader { try optimizer.load(state: state) }
  }

  /// Which parameter each tensor of an optimizer's state is divided like; `nil` for numbers of updates.
  private func stateIndices(_ state: [(name: String, tensor: Tensor)]) -> [Int?] {
    let places = Dictionary(uniqueKeysWithValues: parameters.enumerated().map { (ObjectIdentifier($1), $0) })
    let paths = Dictionary(
      uniqueKeysWithValues: trainer.model.namedParameters.map { ($0.name, ObjectIdentifier($0.parameter)) })
    return state.map { name, tensor in
      // A slot and a property path.
      if tensor.shape.rank == 0 { return nil }
      return paths[String(name.drop { $0 != "." }.dropFirst())].flatMap { places[$0] }
    }
  }

  /// Goes back to where another process was.
  private mutating func resume(from snapshot: TrainingSnapshot) throws {
    guard snapshot.randomKey == trainer.random.key else { throw TrainingError.otherSeed }
    try trainer.optimizer.load(state: snapshot.optimizerState)
    try trainer.step.average?.load(state: snapshot.averageState)
    for observer in trainer.observers {
      if let name = observer.memory?.name, let bytes = snapshot.observers[name] { try observer.resume(from: bytes) }
    }
    guard snapshot.position.stepInEpoch <= stepsPerEpoch else {
      throw TrainingError.otherSteps(stepInEpoch: snapshot.position.stepInEpoch, stepsPerEpoch: stepsPerEpoch)
    }
    position = snapshot.position.resumed
    reports = snapshot.reports
    ending = trainer.limits.lostPatience(after: reports).map { .outOfPatience(best: $0) }
  }

  // MARK: - Saving

  /// Agrees; before that, gives rank 0 the state that it may call for.
  func agree<Value: Codable>(on outcome: Result<Value, any Error>) throws -> [Value] {
    try group.agree(on: outcome) { _ = try collectOptimizerState() }
  }

  /// Tells rank 0's observers something, for which they may need what other ranks have.
  func offer(_ tell: () throws -> Void) throws {
    _ = try agree(on: Result { try tell() }.map { RankGroup.Done() })
  }

  /// Everything that the rest of the run depends on; on rank 0 only, before the others' next ``agree(on:)``.
  ///
  /// - Throws: `TrainingError.weightsAreNotFinite`, so no sound checkpoint is replaced by a broken one.
  func snapshot() throws -> TrainingSnapshot {
    let memories = try trainer.observers.compactMap(\.memory).map { ($0.name, try $0.bytes()) }
    try weights.settle()
    try group.call()
    let snapshot = TrainingSnapshot(
      model: trainer.model, position: position, reports: reports, randomKey: trainer.random.key,
      optimizerState: try collectOptimizerState(), averageState: trainer.step.average?.state ?? [],
      observers: Dictionary(memories) { first, _ in first })
    guard snapshot.isFinite else { throw TrainingError.weightsAreNotFinite(step: position.step) }
    return snapshot
  }

  /// The optimizer's state as if it were not divided, on rank 0.
  private func collectOptimizerState() throws -> [(name: String, tensor: Tensor)] {
    var state = trainer.optimizer.state
    guard !group.isAlone, trainer.optimizer is any DivisibleOptimizer else { return state }
    let indices = stateIndices(state)
    var whole = state
    var memory: [DividedMemory] = []
    for place in state.indices {
      guard let index = indices[place] else { continue }
      let own = division.range(of: index, for: group.rank)
      if group.isLeader {
        whole[place].tensor = Tensor(shape: parameters[index].shape) { _ in }
        whole[place].tensor.replace(own, with: state[place].tensor)
      }
      memory.append(
        DividedMemory(
          tensor: index, part: state[place].tensor.memoryForExchange,
          whole: group.isLeader ? whole[place].tensor.memoryForExchange : nil))
    }
    try group.collect(memory, divided: division, at: [0])
    return whole
  }

  // MARK: - Gradients

  /// Gradients of which each rank has its parts, whole where they are needed and empty elsewhere.
  func whole(_ parts: Gradients, at targets: [Int]) throws -> Gradients {
    if group.isAlone { return parts }
    let isTarget = targets.contains(group.rank)
    var tensors: [(index: Int, part: Tensor, whole: Tensor?)] = []
    for (index, parameter) in parameters.enumerated() {
      guard let part = parts[parameter] else { continue }
      var whole = isTarget ? Tensor(shape: parameter.shape) { _ in } : nil
      whole?.replace(division.range(of: index, for: group.rank), with: part)
      tensors.append((index, part, whole))
    }
    let memory = tensors.indices.map { place in
      DividedMemory(
        tensor: tensors[place].index, part: tensors[place].part.memoryForExchange,
        whole: tensors[place].whole?.memoryForExchange)
    }
    try group.collect(memory, divided: division, at: targets)
    var gradients = Gradients()
    for (index, _, whole) in tensors { gradients[parameters[index]] = whole }
    return gradients
  }
}

extension Result where Failure == any Error {
  /// What `body` returns or throws.
  static func catching(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Success
  ) async -> Result {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
