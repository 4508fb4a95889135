import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraKernels
import TesseraTensors

/// A validation batch and what the network says about it.
struct ValidatedBatch {
  let batch: Batch
  /// `[batch, height, width]` row-major.
  let predictions: [Int32]
  let heading: Heading

  /// What all ranks learn.
  struct Heading: Codable {
    let outcome: BatchOutcome
    /// Of the pictures, `[batch, height, width, channels]`.
    let shape: [Int]

    /// The number of pixels of all pictures.
    var pixels: Int { shape.dropLast().reduce(1, *) }
  }

  init(_ batch: Batch, by trainer: Trainer) {
    self.batch = batch
    let (outcome, outputs): (BatchOutcome, [Int32])
    if let tiles = trainer.validationTiles {
      (outcome, outputs) = tiles.outcome(of: batch, by: trainer)
    } else if let pieces = MicroBatches(
      batch, of: trainer.step.memory.microBatch, drawingFrom: trainer.random, by: trainer)
    {
      let result = pieces.validate()
      (outcome, outputs) = (BatchOutcome(result.total, names: batch.names), result.outputs)
    } else {
      let logits = trainer.model.logits(of: batch.images)
      outcome = BatchOutcome(trainer.loss(logits, batch.masks), names: batch.names)
      outputs = logits.value.argmax()
    }
    heading = Heading(outcome: outcome, shape: batch.images.shape.dimensions)
    predictions = batch.masks.labelSpace.classes(ofOutputs: outputs)
  }

  /// Brings the batches of a round to rank 0, which shows them to its observers.
  ///
  /// - Parameters:
  ///   - own: this rank's, if it has one.
  ///   - headings: of all ranks' batches.
  /// - Returns: all batches in order on rank 0, none on the others.
  static func collected(
    _ own: ValidatedBatch?, _ headings: [Heading?], in group: RankGroup
  ) throws -> [ValidatedBatch] {
    // Of each round rank 0 has the first batch.
    guard let own else { return [] }
    if group.isAlone { return [own] }
    if !group.isLeader {
      var transfer = Transfer(own)
      try group.exchange(sending: transfer.pieces(of: 0), receiving: [])
      return []
    }
    var transfers = headings.enumerated().dropFirst().compactMap { rank, heading in
      heading.map { (rank: rank, transfer: Transfer(roomFor: $0)) }
    }
    let pieces = transfers.indices.flatMap { transfers[$0].transfer.pieces(of: transfers[$0].rank) }
    try group.exchange(sending: [], receiving: pieces)
    return [own] + transfers.map { $0.transfer.batch(with: own.batch.masks.labelSpace) }
  }

  private init(_ batch: Batch, predictions: [Int32], heading: Heading) {
    (self.batch, self.predictions, self.heading) = (batch, predictions, heading)
  }

  /// A batch between two ranks.
  private struct Transfer {
    private let heading: Heading
    private var images: Tensor
    /// The true classes, then the predicted ones, as the bits of floats.
    private var classes: Tensor

    init(_ batch: ValidatedBatch) {
      (heading, images) = (batch.heading, batch.batch.images)
      classes = Tensor(shape: [2 * batch.heading.pixels]) { classes in
        for (place, index) in (batch.batch.masks.indices + batch.predictions).enumerated() {
          classes[place] = Float(bitPattern: UInt32(bitPattern: index))
        }
      }
    }

    init(roomFor heading: Heading) {
      self.heading = heading
      images = Tensor(shape: Shape(heading.shape)) { _ in }
      classes = Tensor(shape: [2 * heading.pixels]) { _ in }
    }

    mutating func pieces(of rank: Int) -> [ExchangePiece] {
      [
        ExchangePiece(
          rank: rank, start: images.memoryForExchange, byteCount: images.count * MemoryLayout<Float>.stride),
        ExchangePiece(
          rank: rank, start: classes.memoryForExchange, byteCount: classes.count * MemoryLayout<Float>.stride),
      ]
    }

    func batch(with labelSpace: LabelSpace) -> ValidatedBatch {
      let indices = classes.scalars.map { Int32(bitPattern: $0.bitPattern) }
      let masks = MaskBatch(
        indices: Array(indices.prefix(heading.pixels)), count: heading.shape[0], height: heading.shape[1],
        width: heading.shape[2], labelSpace: labelSpace)
      return ValidatedBatch(
        Batch(images: images, masks: masks, names: heading.outcome.names),
        predictions: Array(indices.dropFirst(heading.pixels)), heading: heading)
    }
  }
}
