import TesseraSegmentation

/// What a run is about to do.
public struct TrainingPlan: Sendable {
  public let epochs: Int
  public let stepsPerEpoch: Int
  public let batchSize: Int

  public init(epochs: Int, stepsPerEpoch: Int, batchSize: Int) {
    self.epochs = epochs
    self.stepsPerEpoch = stepsPerEpoch
    self.batchSize = batchSize
  }
}

/// One training step.
public struct StepReport: Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Counted from 1 over the whole run.
  public let step: Int
  /// Counted from 1 within the epoch.
  public let stepInEpoch: Int
  /// The mean over the step's counted pixels.
  public let loss: Float
  /// The share of counted pixels that are right.
  public let accuracy: Float
  public let learningRate: Double
  /// How many pictures the step trained on.
  public let images: Int
  /// The whole step, waiting for data included.
  public let seconds: Double
  /// Waiting for data.
  public let dataSeconds: Double

  public init(
    epoch: Int, step: Int, stepInEpoch: Int, loss: Float, accuracy: Float, learningRate: Double, images: Int,
    seconds: Double, dataSeconds: Double
  ) {
    self.epoch = epoch
    self.step = step
    self.stepInEpoch = stepInEpoch
    self.loss = loss
    self.accuracy = accuracy
    self.learningRate = learningRate
    self.images = images
    self.seconds = seconds
    self.dataSeconds = dataSeconds
  }
}

/// One pass over the validation data.
public struct ValidationReport: Sendable {
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

/// One epoch of training, and the validation behind it.
public struct EpochReport: Sendable {
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
}
