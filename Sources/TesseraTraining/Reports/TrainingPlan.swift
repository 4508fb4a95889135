/// What a run is about to do.
public struct TrainingPlan: Sendable {
  public let epochs: Int
  public let stepsPerEpoch: Int
  /// Steps that are already done: 0 except in a resumed run.
  public let stepsDone: Int
  /// The epochs that are already done: none except in a resumed run.
  public let completed: [EpochReport]

  public init(epochs: Int, stepsPerEpoch: Int, stepsDone: Int = 0, completed: [EpochReport] = []) {
    self.epochs = epochs
    self.stepsPerEpoch = stepsPerEpoch
    self.stepsDone = stepsDone
    self.completed = completed
  }
}
