/// Where a run's time went, in seconds.
struct EpochTimes {
  /// Waiting for data.
  var data = 0.0
  /// Steps, without waiting.
  var compute = 0.0
  /// Validation, pictures and checkpoints: what an epoch took besides its steps.
  var validation = 0.0

  var total: Double { data + compute + validation }

  static func += (left: inout EpochTimes, right: EpochTimes) {
    left.data += right.data
    left.compute += right.compute
    left.validation += right.validation
  }
}

extension RunRecord {
  /// The times of each finished epoch, as far as the run recorded them.
  var epochTimes: [(epoch: Int, times: EpochTimes)] {
    var steps: [Int: EpochTimes] = [:]
    for step in self.steps {
      guard let epoch = step.epoch, let seconds = step.seconds else { continue }
      let data = step.dataSeconds ?? 0
      steps[epoch, default: EpochTimes()] += EpochTimes(data: data, compute: max(0, seconds - data))
    }
    return epochs.compactMap { epoch in
      guard var times = steps[epoch.epoch], let seconds = epoch.seconds else { return nil }
      times.validation = max(0, seconds - times.total)
      return (epoch.epoch, times)
    }
  }
}
