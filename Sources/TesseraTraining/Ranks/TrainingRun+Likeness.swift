import TesseraKernels
import TesseraOptimizers
import TesseraTensors

extension TrainingRun {
  /// Checks that all ranks are about to compute the same.
  ///
  /// - Throws: `RankError.differs` on all ranks.
  func requireSameRun() throws {
    try group.requireSame([
      ("its vector instructions", instructionSet), ("its kernels of matrix products", matrixKernels),
      ("its network", network), ("its optimizer", "\(type(of: trainer.optimizer))"),
      ("its batches per step", "\(trainer.step.batches)"), ("its batches per epoch", "\(training.batchesPerEpoch)"),
      ("its validation batches", validation.map { "\($0.batchesPerEpoch)" } ?? "none"),
      ("its clipping", trainer.step.clipping.map { "\($0)" } ?? "none"),
      ("its decay of averaged weights", trainer.step.average.map { "\($0.decay)" } ?? "none"),
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
    let values = try agree(on: .success(facts.map(\.value)))
    for (rank, other) in values.enumerated() {
      let differences = zip(facts, zip(other, values[0])).filter { $1.0 != $1.1 }.map {
        "\($0.what): \($1.0) instead of \($1.1)"
      }
      if !differences.isEmpty { throw RankError.differs(rank: rank, what: differences) }
    }
  }
}
