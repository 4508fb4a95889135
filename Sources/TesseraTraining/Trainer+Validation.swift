import TesseraAutograd
import TesseraDatasets
import TesseraKernels
import TesseraSegmentation
import TesseraTensors

extension Trainer {
  /// Runs the network over the same validation batches each time: no tape, so no dropout and no gradients. Ranks share
  /// the batches, and rank 0's observers see all of them in order.
  ///
  /// - Parameter epoch: the epoch that is validated, counted from 1.
  func validate<Validation: BatchSource>(
    on validation: Validation, epoch: Int, isolation: isolated (any Actor)?
  ) async throws -> ValidationReport {
    var total = PixelTotal()
    var matrix: ConfusionMatrix?
    var batches = EpochReader(validation, epoch: 0, sharedBy: group)
    var index = 0
    while true {
      let read = await Result.catching { try await batches.next(isolation: isolation) }
      let found = read.map { $0.map { ValidatedBatch($0, by: self) } }
      let headings = try group.agree(on: found.map { $0?.heading })
      if headings.allSatisfy({ $0 == nil }) { break }
      for heading in headings.compactMap(\.self) { total.add(heading.outcome) }
      let collected = try ValidatedBatch.collected(found.get(), headings, in: group)
      try group.agree {
        for next in collected {
          if matrix == nil { matrix = ConfusionMatrix(metricSpace ?? next.batch.masks.labelSpace) }
          matrix?.add(predicted: next.predictions, truth: next.batch.masks.indices)
          try tell { try $0.validated(next.batch, predictions: next.predictions, index: index, epoch: epoch) }
          index += 1
        }
        try Task.checkCancellation()
      }
    }
    // A rehearsal has no numbers.
    guard total.loss.isFinite || ComputeContext.current.isRehearsing else {
      throw TrainingError.validationLossIsNotFinite(loss: total.loss, epoch: epoch)
    }
    // A mean of nothing is not 0, which would be the best possible loss.
    let counts = total.counted > 0
    return try group.leading {
      guard let matrix else { throw TrainingError.batchMissing(number: 1, count: validation.batchesPerEpoch) }
      return ValidationReport(
        loss: counts ? total.loss : nil, metrics: matrix.metrics, accuracy: counts ? total.accuracy : nil)
    }
  }
}
