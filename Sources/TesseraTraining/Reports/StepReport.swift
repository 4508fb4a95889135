/// One training step.
public struct StepReport: Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Counted from 1 over the whole run.
  public let step: Int
  /// Counted from 1 within the epoch.
  public let stepInEpoch: Int
  /// What the step minimized: the mean over its counted pixels, over all outputs that the network trains with.
  public let loss: Float
  /// The means of the loss's named parts: those that your own loss names, and `main` and `auxiliary` of a network that
  /// trains with auxiliary outputs; usually none.
  public let parts: [String: Float]
  /// The share of counted pixels that are correct.
  public let accuracy: Float
  public let learningRate: Double
  /// The number of pictures that the step trained on.
  public let images: Int
  /// Seconds for the whole step, waiting for data included.
  public let seconds: Double
  /// Seconds spent waiting for data.
  public let dataSeconds: Double

  public init(
    epoch: Int, step: Int, stepInEpoch: Int, loss: Float, accuracy: Float, learningRate: Double, images: Int,
    seconds: Double, dataSeconds: Double, parts: [String: Float] = [:]
  ) {
    self.epoch = epoch
    self.step = step
    self.stepInEpoch = stepInEpoch
    self.loss = loss
    self.parts = parts
    self.accuracy = accuracy
    self.learningRate = learningRate
    self.images = images
    self.seconds = seconds
    self.dataSeconds = dataSeconds
  }
}
