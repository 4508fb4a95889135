import TesseraSegmentation

/// One pass over the validation data.
public struct ValidationReport: Sendable, Codable {
  /// The mean over all counted pixels.
  public let loss: Float
  /// At the size that the network was trained at.
  public let metrics: SegmentationMetrics

  /// The share of counted pixels that are right, by the rule that training counts by.
  public let accuracy: Float

  public init(loss: Float, metrics: SegmentationMetrics, accuracy: Float) {
    self.loss = loss
    self.metrics = metrics
    self.accuracy = accuracy
  }
}

/// One epoch of training, and the validation after it.
public struct EpochReport: Sendable, Codable {
  /// Counted from 1.
  public let epoch: Int
  /// The last step, counted from 1 over the whole run.
  public let step: Int
  /// The mean over the epoch's counted pixels, while the weights were changing.
  public let loss: Float
  public let accuracy: Float
  /// `nil` where the run validates on nothing.
  public let validation: ValidationReport?
  /// Training and validation together.
  public let seconds: Double

  public init(
    epoch: Int, step: Int, loss: Float, accuracy: Float, validation: ValidationReport?, seconds: Double
  ) {
    self.epoch = epoch
    self.step = step
    self.loss = loss
    self.accuracy = accuracy
    self.validation = validation
    self.seconds = seconds
  }

  /// How good the epoch was, higher is better: the mean IoU of its validation or, without one, minus its loss.
  public var score: Double { validation?.metrics.meanIoU ?? -Double(loss) }
}
