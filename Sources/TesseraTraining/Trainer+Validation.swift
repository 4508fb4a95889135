import TesseraAutograd
import TesseraDatasets
import TesseraKernels
import TesseraSegmentation
import TesseraTensors

extension Trainer {
  /// Runs the network over the same validation batches each time: no tape, so no dropout and no gradients.
  ///
  /// - Parameter epoch: the epoch that is validated, counted from 1.
  func validate<Validation: BatchSource>(
    on validation: Validation, epoch: Int, isolation: isolated (any Actor)?
  ) async throws -> ValidationReport? {
    var total = PixelTotal()
    var matrix: ConfusionMatrix?
    var batches = EpochReader(validation, epoch: 0)
    var index = 0
    while let batch = try await batches.next(isolation: isolation) {
      let logits = model.logits(of: batch.images)
      total.add(loss(logits, batch.masks))
      let predictions = batch.masks.labelSpace.classes(ofOutputs: logits.value.argmax())
      if matrix == nil { matrix = ConfusionMatrix(metricSpace ?? batch.masks.labelSpace) }
      matrix?.add(predicted: predictions, truth: batch.masks.indices)
      try tell { try $0.validated(batch, predictions: predictions, index: index, epoch: epoch) }
      index += 1
      try Task.checkCancellation()
    }
    guard total.loss.isFinite else { throw TrainingError.validationLossIsNotFinite(loss: total.loss, epoch: epoch) }
    // A mean of nothing is not 0, which would be the best possible loss.
    let counts = total.counted > 0
    return matrix.map {
      ValidationReport(loss: counts ? total.loss : nil, metrics: $0.metrics, accuracy: counts ? total.accuracy : nil)
    }
  }
}
