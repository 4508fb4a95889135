extension RunRecord {
  /// The last step's number; 0 before the first.
  public var stepCount: Int { steps.map(\.step).max() ?? 0 }

  /// The last and the best value of a metric: the smallest of losses, the largest of shares.
  ///
  /// - Parameters:
  ///   - metric: what is looked at.
  ///   - last: the last epoch, or step of a metric that has one for each, that counts.
  /// - Returns: `nil` if the run has no finite value.
  public func outcome(of metric: RunMetric, upTo last: Int = .max) -> (final: Double, best: Double)? {
    let values = metric.points(in: self).filter { $0.x <= Double(last) }.map(\.y)
    let finite = values.filter(\.isFinite)
    guard let final = values.last, let best = metric.isLoss ? finite.min() : finite.max() else { return nil }
    return (final, best)
  }

  /// The seconds of all epochs, validation included, and of the steps of an unfinished epoch.
  ///
  /// - Returns: `nil` if the run does not say.
  public var seconds: Double? {
    let ended = epochs.map(\.epoch).max() ?? 0
    let open = steps.filter { ($0.epoch ?? 1) > ended }.compactMap(\.seconds)
    let whole = epochs.compactMap(\.seconds)
    return open.isEmpty && whole.isEmpty ? nil : (whole + open).reduce(0, +)
  }

  /// The median seconds of all steps, waiting for data included.
  ///
  /// - Returns: `nil` if the run does not say.
  public var secondsPerStep: Double? {
    let sorted = steps.compactMap(\.seconds).sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
