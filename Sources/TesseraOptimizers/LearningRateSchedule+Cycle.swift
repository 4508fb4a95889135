import TesseraTensors

/// Rates that rise and fall.
extension LearningRateSchedule {
  /// One rise and one fall, each half a cosine (Smith and Topin, "Super-convergence", arXiv:1708.07120), as in
  /// PyTorch's `OneCycleLR`: from `peak / startDivisor` up to `peak`, then down to `peak / startDivisor / endDivisor`,
  /// the rate of the last of the `steps` and of all later ones.
  ///
  /// - Parameters:
  ///   - peak: the highest rate.
  ///   - steps: the number of steps in the cycle.
  ///   - warmUp: the number of steps that the rise takes, so that the peak is in step `warmUp - 1`; 30% of all if
  ///     `nil`.
  ///   - startDivisor: what the peak is divided by at the start.
  ///   - endDivisor: what the start is divided by at the end.
  public static func oneCycle(
    peak: Double, over steps: Int, warmUp: Int? = nil, startDivisor: Double = 25, endDivisor: Double = 1e4
  ) -> LearningRateSchedule {
    check("oneCycle", peak, warmUp: warmUp ?? 0)
    require(
      startDivisor > 0 && endDivisor > 0,
      "LearningRateSchedule.oneCycle: the divisors must be positive; got \(startDivisor) and \(endDivisor)")
    require(
      steps > 1 && warmUp ?? 1 > 0 && warmUp ?? 1 < steps,
      "LearningRateSchedule.oneCycle: \(steps) steps need a rise of at least 1 and fewer than \(steps); got "
        + "\(warmUp.map(String.init) ?? "30 %")")
    let top = (warmUp.map(Double.init) ?? 0.3 * Double(steps)) - 1
    let last = Double(steps - 1)
    let start = peak / startDivisor
    return LearningRateSchedule { step in
      let step = min(Double(step), last)
      if step < top { return between(start, peak, share: halfCosine(step / top)) }
      return between(peak, start / endDivisor, share: halfCosine((step - top) / (last - top)))
    }
  }

  /// Half a cosine from `from` down to `to`, repeatedly (Loshchilov and Hutter, "SGDR", arXiv:1608.03983).
  ///
  /// - Parameters:
  ///   - from: the rate at the start of each fall.
  ///   - to: the rate at its end.
  ///   - first: the number of steps that the first fall takes, counted from the end of the warm-up.
  ///   - factor: how many times longer each fall is than the previous one; 1 or 2 is usual.
  ///   - warmUp: the number of steps during which the rate first rises.
  public static func restarts(
    from: Double, to: Double = 0, first: Int, factor: Int = 1, warmUp: Int = 0
  ) -> LearningRateSchedule {
    require(first > 0, "LearningRateSchedule.restarts: the first fall must take steps; got \(first)")
    require(factor > 0, "LearningRateSchedule.restarts: the factor must be 1 or more; got \(factor)")
    return warming("restarts", up: warmUp, to: from) { stepsSince in
      var (length, step) = (first, stepsSince)
      if factor == 1 {
        step %= length
      } else {
        while step >= length {
          step -= length
          let (longer, isEndless) = length.multipliedReportingOverflow(by: factor)
          length = isEndless ? .max : longer
        }
      }
      return between(from, to, share: halfCosine(Double(step) / Double(length)))
    }
  }
}
