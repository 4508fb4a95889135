import TesseraAutograd
import TesseraDatasets
import TesseraSegmentation
import TesseraTensors

/// A batch on its way through the network: the forward pass and its loss; the backward pass is still to come.
struct TrainingPass {
  private let tape: Tape
  private let loss: PixelLoss
  /// The sum of no losses, where there is nothing to learn, and batches are shared.
  private var nothing: Variable?
  let outcome: BatchOutcome

  /// - Parameters:
  ///   - number: of the batch in its step, counted from 0.
  ///   - shared: the batches that are one to batch normalization; `nil` if this one is by itself.
  init(of batch: Batch, _ number: Int, in run: TrainingRun<some BatchSource>, with shared: SharedBatch?) {
    let trainer = run.trainer
    // The first batch's stream is the step's own: a step of one batch draws as it always did.
    let stream = trainer.random.derived("step", run.position.step)
    tape = Tape(holdingMovesWith: number == 0 ? stream : stream.derived("batch", number), sharedBy: shared)
    // First, so that its features are gone before there are those of the network that learns.
    let lesson = trainer.teaching?.teacher.logits(of: batch.images)
    let outputs = trainer.model.trainingLogits(of: batch.images, on: tape)
    loss = trainer.loss(of: outputs, batch.masks, taught: lesson)
    outcome = BatchOutcome(
      loss, names: batch.names, moves: BatchOutcome.Moves(tape.heldMoves ?? [], indices: run.parameterIndices))
    if shared != nil && outcome.gradientWeight == 0 {
      // Not the loss times 0: a mean of nothing may be no number.
      let sums = outputs.map { ($0.logits * 0).sum() }
      nothing = sums.dropFirst().reduce(sums[0], +)
    }
  }

  /// The gradients of the batch's mean loss; `nil` if there is nothing to learn.
  ///
  /// - Parameters:
  ///   - factor: what they are multiplied by: where batches are shared, each has its weight from the start, and one with
  ///     nothing to learn, 0, takes part.
  ///   - tell: gets each parameter's gradient as soon as it is found.
  func gradients(
    times factor: Float? = nil, telling tell: (Parameter, Tensor) -> Void = { _, _ in }
  ) -> Gradients? {
    if factor == nil && outcome.gradientWeight == 0 { return nil }
    let scaled = factor.flatMap { $0 == 1 ? nil : nothing ?? loss.mean * $0 }
    return tape.gradients(of: scaled ?? loss.mean, telling: tell)
  }
}
