import TesseraAutograd
import TesseraDatasets
import TesseraSegmentation
import TesseraTensors

/// A batch on its way through the network: the forward pass and its loss.
struct TrainingPass {
  let outcome: BatchOutcome
  private let rest: Rest

  private enum Rest {
    /// The backward pass is still to come: from the mean loss, or from the sum of no losses, where there is nothing to
    /// learn, and batches are shared.
    case backward(Tape, mean: Variable, nothing: Variable?)
    /// It went through in pieces, and back already, to these parameters.
    case found(Gradients, of: [Parameter])
  }

  /// - Parameters:
  ///   - number: of the batch in its step, counted from 0.
  ///   - shared: the batches that are one to batch normalization; `nil` if this one is by itself.
  init(of batch: Batch, _ number: Int, in run: TrainingRun<some BatchSource>, with shared: SharedBatch?) {
    let trainer = run.trainer
    // The first batch's stream is the step's own: a step of one batch draws as it always did.
    let stream = trainer.random.derived("step", run.position.step)
    let own = number == 0 ? stream : stream.derived("batch", number)
    func moves(_ moves: [StatisticMove]) -> BatchOutcome.Moves {
      BatchOutcome.Moves(moves, indices: run.parameterIndices)
    }
    let memory = trainer.step.memory
    if let pieces = MicroBatches(batch, of: memory.microBatch, drawingFrom: own, by: trainer) {
      let result = pieces.train()
      outcome = BatchOutcome(result.total, names: batch.names, moves: moves(result.moves))
      rest = .found(result.gradients, of: run.parameters)
      return
    }
    let tape = Tape(holdingMovesWith: own, sharedBy: shared, recomputesBlocks: memory.recomputesBlocks)
    // First, so that its features are gone before there are those of the network that learns.
    let lesson = trainer.teaching?.teacher.logits(of: batch.images)
    let outputs = trainer.model.trainingLogits(of: batch.images, on: tape)
    let loss = trainer.loss(of: outputs, batch.masks, taught: lesson)
    outcome = BatchOutcome(loss, names: batch.names, moves: moves(tape.heldMoves ?? []))
    var nothing: Variable?
    if shared != nil && outcome.gradientWeight == 0 {
      // Not the loss times 0: a mean of nothing may be no number.
      let sums = outputs.map { ($0.logits * 0).sum() }
      nothing = sums.dropFirst().reduce(sums[0], +)
    }
    rest = .backward(tape, mean: loss.mean, nothing: nothing)
  }

  /// Of a pass that is only rehearsed: the parameters of each operation, and the bytes that are held when it is
  /// recorded.
  var heldBytes: [(parameters: [Parameter], bytes: Int)] {
    if case .backward(let tape, _, _) = rest { tape.heldBytes } else { [] }
  }

  /// The gradients of the batch's mean loss; `nil` if there is nothing to learn.
  ///
  /// - Parameters:
  ///   - factor: what they are multiplied by: where batches are shared, each has its weight from the start, and one
  ///     with nothing to learn, 0, takes part.
  ///   - tell: gets each parameter's gradient as soon as it is found.
  func gradients(
    times factor: Float? = nil, telling tell: (Parameter, Tensor) -> Void = { _, _ in }
  ) -> Gradients? {
    if factor == nil && outcome.gradientWeight == 0 { return nil }
    switch rest {
    case .backward(let tape, let mean, let nothing):
      let scaled = factor.flatMap { $0 == 1 ? nil : nothing ?? mean * $0 }
      return tape.gradients(of: scaled ?? mean, telling: tell)
    case .found(let gradients, let parameters):
      for parameter in parameters.reversed() { gradients[parameter].map { tell(parameter, $0) } }
      return gradients
    }
  }
}
