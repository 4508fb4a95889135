import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// A batch in pieces of whole pictures, of which one after the other goes through the network and back, so that no more
/// than one is kept.
struct MicroBatches {
  private let batch: Batch
  private let pieces: [Range<Int>]
  private let lossAddsUp: Bool
  private let stream: RandomStream
  private let trainer: Trainer

  /// - Parameters:
  ///   - batch: of several pictures.
  ///   - size: of the pieces.
  ///   - stream: what the whole batch would draw from.
  ///   - trainer: has the network and the loss.
  /// - Returns: `nil` if the batch is one piece.
  init?(_ batch: Batch, of size: MemorySaving.MicroBatch?, drawingFrom stream: RandomStream, by trainer: Trainer) {
    guard let size else { return nil }
    pieces = size.pieces(of: batch.masks.count)
    lossAddsUp = size.lossAddsUp
    (self.batch, self.stream, self.trainer) = (batch, stream, trainer)
    if pieces.count < 2 { return nil }
  }

  /// What the batch contributes to a step.
  struct Result {
    var total = PixelTotal()
    /// Of the batch's mean loss; none if nothing is counted.
    var gradients = Gradients()
    /// Of running statistics, in the order of the pieces.
    var moves: [StatisticMove] = []
  }

  /// Goes through all pieces and back.
  func train() -> Result {
    lossAddsUp ? piecewise() : throughLogits()
  }

  private func tape(of piece: Range<Int>, keepsNothing: Bool = false) -> Tape {
    Tape(
      holdingMovesWith: stream, recomputesBlocks: trainer.step.memory.recomputesBlocks,
      firstPicture: piece.lowerBound, keepsNothing: keepsNothing)
  }

  private func outputs(of piece: Range<Int>, on tape: Tape) -> [WeightedLogits] {
    trainer.model.trainingLogits(of: batch.images.sliced(piece, along: 0), on: tape)
  }

  /// The pieces' gradients, weighted by what their losses are means over.
  private func piecewise() -> Result {
    var result = Result()
    var sum = GradientSum()
    for piece in pieces {
      let tape = tape(of: piece)
      let lesson = trainer.teaching?.teacher.logits(of: batch.images.sliced(piece, along: 0))
      let loss = trainer.loss(of: outputs(of: piece, on: tape), batch.masks.sliced(piece), taught: lesson)
      let outcome = BatchOutcome(loss)
      result.total.add(outcome)
      result.moves += tape.heldMoves ?? []
      if outcome.gradientWeight > 0 { sum.add(tape.gradients(of: loss.mean), weight: outcome.gradientWeight) }
    }
    result.gradients = sum.mean
    return result
  }

  /// The pieces' gradients from that of the batch's loss with respect to their logits, which are computed twice.
  private func throughLogits() -> Result {
    var result = Result()
    let slopes = slopes(&result)
    if slopes.isEmpty { return result }
    for piece in pieces {
      let tape = tape(of: piece)
      let seeds = zip(outputs(of: piece, on: tape), slopes).compactMap { output, slope in
        slope.map { (variable: output.logits, seed: $0.sliced(piece, along: 0)) }
      }
      result.gradients.add(tape.gradients(of: seeds))
    }
    return result
  }

  /// The gradients of the batch's loss with respect to all logits of training, `nil` where there is none; empty if
  /// nothing is counted.
  private func slopes(_ result: inout Result) -> [Tensor?] {
    let tape = Tape(random: stream)
    let logits = logits(&result.moves).map { WeightedLogits(tape.variable($0.logits), weight: $0.weight) }
    let lesson = trainer.teaching?.teacher.logits(of: batch.images)
    let loss = trainer.loss(of: logits, batch.masks, taught: lesson)
    let outcome = BatchOutcome(loss)
    result.total.add(outcome)
    guard outcome.gradientWeight > 0 else { return [] }
    let gradients = tape.gradients(of: loss.mean)
    return logits.map { gradients[$0.logits] }
  }

  /// All logits of training, with their weights in the loss.
  private func logits(_ moves: inout [StatisticMove]) -> [(logits: Tensor, weight: Float)] {
    var parts: [[Tensor]] = []
    var weights: [Float] = []
    for piece in pieces {
      let tape = tape(of: piece, keepsNothing: true)
      let outputs = outputs(of: piece, on: tape)
      weights = outputs.map(\.weight)
      if parts.isEmpty { parts = outputs.map { _ in [] } }
      for (index, output) in outputs.enumerated() { parts[index].append(output.logits.value) }
      moves += tape.heldMoves ?? []
    }
    return zip(parts, weights).map { (Tensor.concatenation($0, along: 0), $1) }
  }

  /// What a pass without a tape says about the batch, as ``ValidatedBatch`` needs it.
  ///
  /// - Returns: what it contributes, and the largest output of each pixel.
  func validate() -> (total: PixelTotal, outputs: [Int32]) {
    var (total, largest, all): (PixelTotal, [Int32], [Tensor]) = (PixelTotal(), [], [])
    for piece in pieces {
      let logits = trainer.model.logits(of: batch.images.sliced(piece, along: 0))
      largest += logits.value.argmax()
      if lossAddsUp {
        total.add(BatchOutcome(trainer.loss(logits, batch.masks.sliced(piece))))
      } else {
        all.append(logits.value)
      }
    }
    if !lossAddsUp {
      total.add(BatchOutcome(trainer.loss(Variable(.concatenation(all, along: 0)), batch.masks)))
    }
    return (total, largest)
  }
}
