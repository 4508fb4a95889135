import TesseraFiles

extension RunRecord {
  /// A training step.
  public struct Step: Sendable, Equatable, Decodable {
    /// Counted from 1 over the whole run.
    public let step: Int
    public let epoch: Int?
    public let loss: Double
    public let accuracy: Double?
    public let learningRate: Double?
    public let seconds: Double?
    public let dataSeconds: Double?

    private enum Key: CodingKey { case step, epoch, loss, accuracy, learningRate, seconds, dataSeconds }

    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Key.self)
      step = try values.count(.step)
      epoch = try values.countIfPresent(.epoch)
      loss = try values.real(.loss, in: RunRange.loss)
      accuracy = try values.realIfPresent(.accuracy, in: RunRange.share)
      learningRate = try values.realIfPresent(.learningRate, in: RunRange.rate)
      seconds = try values.realIfPresent(.seconds, in: RunRange.seconds)
      dataSeconds = try values.realIfPresent(.dataSeconds, in: RunRange.seconds)
    }
  }

  /// The end of an epoch.
  public struct Epoch: Sendable, Equatable, Decodable {
    /// Counted from 1.
    public let epoch: Int
    /// The training loss.
    public let loss: Double?
    /// The training accuracy.
    public let accuracy: Double?
    public let validationLoss: Double?
    public let validationAccuracy: Double?
    public let meanIoU: Double?
    /// Training and validation together.
    public let seconds: Double?

    private enum Key: CodingKey { case epoch, loss, accuracy, validationLoss, validationAccuracy, meanIoU, seconds }

    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Key.self)
      epoch = try values.count(.epoch)
      loss = try values.realIfPresent(.loss, in: RunRange.loss)
      accuracy = try values.realIfPresent(.accuracy, in: RunRange.share)
      validationLoss = try values.realIfPresent(.validationLoss, in: RunRange.loss)
      validationAccuracy = try values.realIfPresent(.validationAccuracy, in: RunRange.share)
      meanIoU = try values.realIfPresent(.meanIoU, in: RunRange.share)
      seconds = try values.realIfPresent(.seconds, in: RunRange.seconds)
    }
  }

  /// A line of `metrics.jsonl`.
  enum MetricsLine: Decodable {
    case step(Step)
    case epoch(Epoch)
    case other

    init(from decoder: any Decoder) throws {
      switch try Event(from: decoder).event {
      case "step": self = .step(try Step(from: decoder))
      case "epoch": self = .epoch(try Epoch(from: decoder))
      default: self = .other
      }
    }
  }

  /// A line of `validation.jsonl`.
  struct ValidationLine: Decodable {
    /// `nil` if the line is about something else.
    let validation: Validation?

    init(from decoder: any Decoder) throws {
      validation = try Event(from: decoder).event == "validation" ? Validation(from: decoder) : nil
    }
  }

  private struct Event: Decodable {
    let event: String
  }
}

/// The range of a run's numbers: those outside are damage, and those inside cannot overflow in a sum.
enum RunRange {
  static let share = 0.0...1.0
  /// A day is 86,400.
  static let seconds = 0.0...1e9
  /// The numbers of single precision; a loss may be negative.
  static let loss = -1e39...1e39
  static let rate = 0.0...1e39
}
