import Foundation
import TesseraTensors

/// A learning rate for each step: a plain function, with names for the usual ones.
///
/// ```swift
/// let schedule = LearningRateSchedule.cosine(from: 1e-3, to: 1e-6, over: 1000, warmUp: 100)
/// schedule(0)      // 1e-3 / 101
/// schedule(100)    // 1e-3
/// schedule(1000)   // 1e-6, and so on for ever
/// ```
/// Steps count from 0. With a warm-up of w steps the rate of step t < w is `from (t + 1) / (w + 1)`, which is never 0
/// and reaches `from` in step w, where the decay begins; `over` counts all steps, those of the warm-up included.
public struct LearningRateSchedule: Sendable {
  private let rate: @Sendable (Int) -> Double

  /// A schedule of your own.
  public init(_ rate: @escaping @Sendable (_ step: Int) -> Double) { self.rate = rate }

  /// The rate of `step`, counted from 0.
  public func callAsFunction(_ step: Int) -> Double { rate(step) }

  /// The same rate in every step after the warm-up.
  public static func constant(_ rate: Double, warmUp: Int = 0) -> LearningRateSchedule {
    LearningRateSchedule { warmedUp(rate, at: $0, warmUp: warmUp) ?? rate }
  }

  /// Half a cosine from `from` down to `to` (Loshchilov and Hutter, "SGDR", arXiv:1608.03983, without restarts):
  /// `to + (from - to) (1 + cos(pi p)) / 2`, where p runs from 0 to 1 between the end of the warm-up and step `steps`.
  public static func cosine(
    from: Double, to: Double = 0, over steps: Int, warmUp: Int = 0
  ) -> LearningRateSchedule {
    decaying("cosine", from: from, to: to, over: steps, warmUp: warmUp) { (1 + cos(.pi * $0)) / 2 }
  }

  /// A power of a line from `from` down to `to`: `to + (from - to) (1 - p)^power`, where p runs from 0 to 1 between the
  /// end of the warm-up and step `steps`. 0.9 is usual in segmentation ("poly"; Chen et al., arXiv:1606.00915).
  public static func polynomial(
    from: Double, to: Double = 0, over steps: Int, power: Double = 0.9, warmUp: Int = 0
  ) -> LearningRateSchedule {
    require(power > 0, "LearningRateSchedule.polynomial: the power must be positive; got \(power)")
    return decaying("polynomial", from: from, to: to, over: steps, warmUp: warmUp) { pow(1 - $0, power) }
  }

  private static func decaying(
    _ name: String, from: Double, to: Double, over steps: Int, warmUp: Int,
    shape: @escaping @Sendable (_ progress: Double) -> Double
  ) -> LearningRateSchedule {
    require(
      warmUp >= 0 && warmUp < steps,
      "LearningRateSchedule.\(name): the warm-up must be shorter than the \(steps) steps of the run; got \(warmUp)")
    return LearningRateSchedule { step in
      if let rate = warmedUp(from, at: step, warmUp: warmUp) { return rate }
      let share = shape(min(1, Double(step - warmUp) / Double(steps - warmUp)))
      // A weighted mean, not to + (from - to) share: exact at both ends.
      return from * share + to * (1 - share)
    }
  }

  /// The rate of a step of the warm-up; `nil` after it.
  private static func warmedUp(_ rate: Double, at step: Int, warmUp: Int) -> Double? {
    require(step >= 0, "LearningRateSchedule: steps count from 0; got \(step)")
    return step < warmUp ? rate * Double(step + 1) / Double(warmUp + 1) : nil
  }
}
