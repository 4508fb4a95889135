import TesseraReports

/// Stops the worse trials early (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
/// optimization", AISTATS 2016, arXiv:1502.07943): all get a few epochs, the best of them several times as many, and so
/// on.
///
/// A trial that is stopped and continues is one run with the schedule of all its epochs.
struct SuccessiveHalving: Equatable {
  /// One in so many trials goes on, with so many times the epochs.
  let eta: Int
  /// The epochs of the first rung.
  let leastEpochs: Int

  /// A rung: how many trials train, and up to which epoch.
  struct Rung: Equatable {
    let trials: Int
    let epochs: Int
  }

  /// - Parameter epochs: those of a trial that is never stopped.
  func rungs(trials: Int, epochs: Int) -> [Rung] {
    var rungs: [Rung] = []
    var (count, reached) = (trials, min(leastEpochs, epochs))
    while true {
      rungs.append(Rung(trials: count, epochs: reached))
      if reached == epochs { return rungs }
      count = max(1, count / eta)
      // A trial that has no rivals left goes on to its end.
      reached = count == 1 ? epochs : min(reached * eta, epochs)
    }
  }
}

extension [SuccessiveHalving.Rung] {
  /// The epochs that all trials take together, if none ends by itself.
  var epochs: Int {
    zip(self, [0] + map(\.epochs)).reduce(0) { $0 + $1.0.trials * ($1.0.epochs - $1.1) }
  }
}
