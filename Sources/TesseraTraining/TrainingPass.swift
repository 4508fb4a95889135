import TesseraAutograd
import TesseraDatasets
import TesseraSegmentation
import TesseraTensors

/// A batch on its way through the network: the forward pass and its loss; the backward pass is still to come.
struct TrainingPass {
  private let tape: Tape
  private let loss: PixelLoss
  let outcome: BatchOutcome

  /// - Parameter number: of the batch in its step, counted from 0.
  init(of batch: Batch, _ number: Int, in run: TrainingRun<some BatchSource>) {
    let trainer = run.trainer
    // The first batch's stream is the step's own: a step of one batch draws as it always did.
    let stream = trainer.random.derived("step", run.position.step)
    tape = Tape(holdingMovesWith: number == 0 ? stream : stream.derived("batch", number))
    loss = trainer.loss(of: trainer.model.trainingLogits(of: batch.images, on: tape), batch.masks)
    outcome = BatchOutcome(
      loss, names: batch.names, moves: BatchOutcome.Moves(tape.heldMoves ?? [], indices: run.parameterIndices))
  }

  /// The gradients of the batch's mean loss; `nil` if there is nothing to learn.
  ///
  /// - Parameter tell: gets each parameter's gradient as soon as it is found.
  func gradients(telling tell: (Parameter, Tensor) -> Void = { _, _ in }) -> Gradients? {
    outcome.gradientWeight > 0 ? tape.gradients(of: loss.mean, telling: tell) : nil
  }
}
