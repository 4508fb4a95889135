import TesseraTensors

extension LearningRateSchedule {
  /// How far a score must exceed the best one to count as better.
  public enum Improvement: Sendable, Hashable {
    /// By this difference.
    case absolute(Double)
    /// By this share of the best score's magnitude.
    case relative(Double)

    func isMade(from best: Double, to score: Double) -> Bool {
      switch self {
      // The first score is better than none, and infinity times 0 is not a number.
      case _ where best == -.infinity: score > best
      case .absolute(let difference): score > best + difference
      case .relative(let share): score > best + share * abs(best)
      }
    }
  }

  /// Is multiplied by `factor` whenever more than `patience` epochs in a row brought no better score, as PyTorch's
  /// `ReduceLROnPlateau` does (`mode="max"`, no cooldown, `eps=0`).
  ///
  /// ```swift
  /// let schedule = LearningRateSchedule.onPlateau(from: 1e-3, patience: 2, stepsPerEpoch: 100)
  /// schedule(400, scores: [0.3, 0.4, 0.4, 0.4])        // 1e-3
  /// schedule(500, scores: [0.3, 0.4, 0.4, 0.4, 0.4])   // 1e-4
  /// ```
  /// Each call passes the scores of all epochs from the first; those of epochs that are complete before the step count.
  /// An epoch that ends within the warm-up can be the best, but does not count against the patience. A score that is
  /// not a number is never better.
  /// - Parameters:
  ///   - from: the first rate.
  ///   - factor: in 0..<1.
  ///   - patience: how many epochs without a better score are tolerated.
  ///   - threshold: what counts as a better score.
  ///   - least: the lowest rate.
  ///   - warmUp: the number of steps during which the rate first rises.
  ///   - stepsPerEpoch: the number of steps after which there is a score.
  public static func onPlateau(
    from: Double, factor: Double = 0.1, patience: Int = 10, threshold: Improvement = .relative(1e-4),
    least: Double = 0, warmUp: Int = 0, stepsPerEpoch: Int
  ) -> LearningRateSchedule {
    check("onPlateau", from, warmUp: warmUp)
    require((0..<1).contains(factor), "LearningRateSchedule.onPlateau: the factor must lie in 0..<1; got \(factor)")
    require(patience >= 0, "LearningRateSchedule.onPlateau: the patience must not be negative; got \(patience)")
    require(stepsPerEpoch > 0, "LearningRateSchedule.onPlateau: an epoch must have steps; got \(stepsPerEpoch)")
    return LearningRateSchedule(following: { step, scores in
      if let rate = warmed(step, to: from, over: warmUp) { return rate }
      var (rate, best, epochsWithout) = (from, -Double.infinity, 0)
      for (epoch, score) in scores.prefix(step / stepsPerEpoch).enumerated() {
        if threshold.isMade(from: best, to: score) {
          (best, epochsWithout) = (score, 0)
        } else if (epoch + 1) * stepsPerEpoch > warmUp {
          epochsWithout += 1
        }
        if epochsWithout > patience {
          // A rate that is already below the lowest stays.
          rate = min(rate, max(rate * factor, least))
          epochsWithout = 0
        }
      }
      return rate
    })
  }
}
