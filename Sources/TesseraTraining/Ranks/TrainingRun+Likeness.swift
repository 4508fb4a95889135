import TesseraKernels
import TesseraOptimizers
import TesseraTensors

extension TrainingRun {
  /// Checks that all ranks are about to compute the same.
  ///
  /// - Throws: `RankError.differs` on all ranks.
  func requireSameRun() throws {
    _ = try group.requireSameMachines()
    try group.requireSame([
      ("its network", network), ("its optimizer", "\(type(of: trainer.optimizer))"),
      ("its batches per step", "\(trainer.step.batches)"), ("its batches per epoch", "\(training.batchesPerEpoch)"),
      ("its validation batches", validation.map { "\($0.batchesPerEpoch)" } ?? "none"),
      ("its clipping", trainer.step.clipping.map { "\($0)" } ?? "none"),
      ("its decay of averaged weights", trainer.step.average.map { "\($0.decay)" } ?? "none"),
      ("its synchronization of batch normalization", "\(trainer.step.synchronizesBatchNorm)"),
      ("its micro-batches", trainer.step.memory.microBatch.map { "\($0.pictures)" } ?? "none"),
      ("its random stream", "\(trainer.random.key)"),
    ])
  }

  /// Names, shapes and what is trained, in few words that differ when they do.
  private var network: String {
    var checksum = CRC32()
    let entries = trainer.model.namedParameters
    for (name, parameter) in entries {
      checksum.add(Array("\(name) \(parameter.shape) \(parameter.isTrainable)\n".utf8))
    }
    return "\(entries.count) parameters (\(checksum.text))"
  }
}

extension RankGroup {
  /// Checks that what must be the same on all ranks is.
  ///
  /// - Parameter facts: what it is, and the value here; the same list everywhere.
  /// - Throws: `RankError.differs` on all ranks.
  package func requireSame(_ facts: [(what: String, value: String)]) throws {
    if let error = Self.difference(in: try agree(on: .success(facts.map(\.value))), of: facts.map(\.what)) {
      throw error
    }
  }

  private static func difference(in values: [[String]], of facts: [String]) -> RankError? {
    for (rank, other) in values.enumerated() {
      let differences = zip(facts, zip(other, values[0])).filter { $1.0 != $1.1 }.map {
        "\($0): \($1.0) instead of \($1.1)"
      }
      if !differences.isEmpty { return .differs(rank: rank, what: differences) }
    }
    return nil
  }

  private struct MachineWord: Codable {
    let values: [String]
    let allowsMixture: Bool
  }

  /// Checks that all machines give the same bits.
  ///
  /// - Returns: whether they do not, and need not.
  /// - Throws: `RankError.differs` on all ranks.
  package func requireSameMachines() throws -> Bool {
    let words = try agree(
      on: .success(MachineWord(values: [instructionSet, matrixKernels], allowsMixture: allowsMixedMachines)))
    let difference = Self.difference(
      in: words.map(\.values), of: ["its vector instructions", "its kernels of matrix products"])
    if let difference, !words[0].allowsMixture { throw difference }
    return difference != nil
  }
}
