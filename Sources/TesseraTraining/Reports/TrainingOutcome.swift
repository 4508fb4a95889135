/// The result of a run.
public struct TrainingOutcome: Sendable {
  /// Why it ended.
  public enum Ending: Sendable, Equatable {
    /// All epochs are done.
    case completed
    /// Too many epochs brought nothing better than epoch `best`.
    case outOfPatience(best: Int)
    /// The time is up after this step; the run has been saved and can be resumed.
    case outOfTime(step: Int)
    /// It was to end after this epoch, before its last one; it has been saved and can be resumed.
    case stopped(epoch: Int)
  }

  /// A report for each finished epoch, those before a resumption included.
  public let reports: [EpochReport]
  public let ending: Ending
  /// Steps that are done.
  public let steps: Int
  /// Where the ranks' time went, in their order; of one process, nothing.
  public let rankTimes: [RankTime]

  /// A rank's mean seconds of a step, since it began or resumed.
  public struct RankTime: Sendable, Equatable, Codable {
    /// With its own batches and its part of the update.
    public let computing: Double
    /// For other ranks and what they send, where that is not hidden behind its own work.
    public let waiting: Double
    /// In which something is underway from or to other ranks: waiting, and what is hidden behind computing.
    public let exchanging: Double
    /// The mean number of bytes that it sends to all others in a step.
    public let bytesSent: Double

    public init(computing: Double, waiting: Double, exchanging: Double = 0, bytesSent: Double = 0) {
      self.computing = computing
      self.waiting = waiting
      self.exchanging = exchanging
      self.bytesSent = bytesSent
    }
  }

  public init(reports: [EpochReport], ending: Ending, steps: Int, rankTimes: [RankTime] = []) {
    self.reports = reports
    self.ending = ending
    self.steps = steps
    self.rankTimes = rankTimes
  }
}
