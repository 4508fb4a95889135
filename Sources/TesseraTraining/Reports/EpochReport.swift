import TesseraFiles
import TesseraSegmentation

/// One pass over the validation data.
public struct ValidationReport: Sendable, Codable {
  /// The mean over all counted pixels, of the network's own logits; `nil` if none is counted because all are void.
  public let loss: Float?
  /// Measured at the size that the network was trained at.
  public let metrics: SegmentationMetrics

  /// The share of counted pixels that are correct, by the rule that training counts by; `nil` if none is counted.
  public let accuracy: Float?

  /// `metrics.meanIoU`; `nil` if the metrics count no pixel.
  public var meanIoU: Double? { metrics.pixels == 0 ? nil : metrics.meanIoU }

  public init(loss: Float?, metrics: SegmentationMetrics, accuracy: Float?) {
    self.loss = loss
    self.metrics = metrics
    self.accuracy = accuracy
  }

  private enum CodingKeys: CodingKey { case loss, metrics, accuracy }

  public init(from decoder: any Decoder) throws {
    let report = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      loss: try report.floatIfPresent(.loss), metrics: try report.decode(SegmentationMetrics.self, forKey: .metrics),
      accuracy: try report.floatIfPresent(.accuracy, in: 0...1))
  }
}

/// One epoch of training, and the validation after it.
public struct EpochReport: Sendable, Codable {
  /// Counted from 1.
  public let epoch: Int
  /// The last step, counted from 1 over the whole run.
  public let step: Int
  /// What the steps minimized: the mean over the epoch's counted pixels, while the weights were changing.
  public let loss: Float
  public let accuracy: Float
  /// `nil` if the run validates on nothing.
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

  private enum CodingKeys: CodingKey { case epoch, step, loss, accuracy, validation, seconds }

  public init(from decoder: any Decoder) throws {
    let report = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      epoch: try report.count(.epoch), step: try report.count(.step), loss: try report.float(.loss),
      accuracy: try report.float(.accuracy, in: 0...1),
      validation: try report.decodeIfPresent(ValidationReport.self, forKey: .validation),
      seconds: try report.real(.seconds, in: 0...1e15))
  }

  /// How good the epoch was, higher is better: the mean IoU of its validation or, if there is none or it counts
  /// nothing, minus its loss.
  public var score: Double { validation?.meanIoU ?? -Double(loss) }
}
