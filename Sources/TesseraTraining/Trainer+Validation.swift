import TesseraAutograd
import TesseraDatasets
import TesseraKernels
import TesseraSegmentation
import TesseraTensors

extension Trainer {
  /// Runs the network over the same validation batches each time: no tape, so no dropout and no gradients.
  ///
  /// - Returns: `nil` without validation data.
  func validate(
    on validation: DataLoader?, epoch: Int, isolation: isolated (any Actor)?
  ) async throws -> ValidationReport? {
    guard let validation else { return nil }
    var total = PixelTotal()
    var matrix = ConfusionMatrix(metricSpace ?? validation.dataset.labelSpace)
    let batches = validation.epoch(0).makeAsyncIterator()
    var index = 0
    while let batch = try await batches.next() {
      let logits = model.logits(of: batch.images)
      total.add(loss(logits, batch.masks))
      let predictions = logits.value.argmax()
      matrix.add(predicted: predictions, truth: batch.masks.indices)
      try tell { try $0.validated(batch, predictions: predictions, index: index, epoch: epoch) }
      index += 1
      try Task.checkCancellation()
    }
    guard total.loss.isFinite else { throw TrainingError.validationLossIsNotFinite(loss: total.loss, epoch: epoch) }
    // A mean of nothing is not 0, which would be the best possible loss.
    let counts = total.counted > 0
    return ValidationReport(
      loss: counts ? total.loss : nil, metrics: matrix.metrics, accuracy: counts ? total.accuracy : nil)
  }
}
