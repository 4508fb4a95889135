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
  }

  /// A report for each finished epoch, those before a resumption included.
  public let reports: [EpochReport]
  public let ending: Ending
  /// Steps that are done.
  public let steps: Int

  public init(reports: [EpochReport], ending: Ending, steps: Int) {
    self.reports = reports
    self.ending = ending
    self.steps = steps
  }
}
