/// When a run ends before its last epoch.
public struct TrainingLimits: Sendable {
  /// The number of epochs that may pass without a better score (see ``EpochReport/score``); `nil` for any number.
  public var patience: Int?
  /// How long the run may take from its start, or from its resumption; the current step is finished. `nil` for no
  /// limit.
  public var time: Duration?
  /// The epoch, counted from 1, after which the run ends even if more are planned: it can be resumed, and its schedule
  /// is that of all epochs. `nil` for the last.
  public var lastEpoch: Int?

  public init(patience: Int? = nil, time: Duration? = nil, lastEpoch: Int? = nil) {
    self.patience = patience
    self.time = time
    self.lastEpoch = lastEpoch
  }

  /// The best epoch, counted from 1, if it is so far back that patience is exhausted.
  package func lostPatience(after reports: [EpochReport]) -> Int? {
    guard let patience, let best = reports.indices.max(by: { reports[$0].isWorse(than: reports[$1]) }) else {
      return nil
    }
    return reports.count - 1 - best >= patience ? reports[best].epoch : nil
  }
}

/// The time that a run may take is over on rank 0's clock: not a fault, but ranks agree on it as on one.
struct TimeIsUp: Error {}

extension EpochReport {
  /// Whether another epoch's score is higher.
  func isWorse(than other: EpochReport) -> Bool { score < other.score }
}
