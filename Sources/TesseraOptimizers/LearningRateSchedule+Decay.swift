import Foundation
import TesseraTensors

/// Rates that only fall.
extension LearningRateSchedule {
  /// Falls in steps: `from by^floor(t / every)`, where t counts from the end of the warm-up.
  ///
  /// - Parameters:
  ///   - from: the first rate.
  ///   - by: in 0...1, each level as a share of the previous one; 0.1 is usual.
  ///   - every: the number of steps between falls.
  ///   - warmUp: the number of steps during which the rate first rises.
  public static func step(from: Double, by: Double, every: Int, warmUp: Int = 0) -> LearningRateSchedule {
    checkDecay("step", by, every)
    return warming("step", up: warmUp, to: from) { from * pow(by, Double($0 / every)) }
  }

  /// Falls by the same share in each step: `from decay^(t / every)`, where t counts from the end of the warm-up.
  ///
  /// - Parameters:
  ///   - from: the first rate.
  ///   - decay: in 0...1, the share of the rate that is left after `every` steps.
  ///   - every: a number of steps.
  ///   - warmUp: the number of steps during which the rate first rises.
  public static func exponential(
    from: Double, decay: Double, every: Int = 1, warmUp: Int = 0
  ) -> LearningRateSchedule {
    checkDecay("exponential", decay, every)
    return warming("exponential", up: warmUp, to: from) { from * pow(decay, Double($0) / Double(every)) }
  }

  /// Half a cosine from `from` down to `to` (Loshchilov and Hutter, "SGDR", arXiv:1608.03983, without restarts):
  /// `to + (from - to) (1 + cos(pi p)) / 2`, where p runs from 0 to 1 between the end of the warm-up and step `steps`.
  public static func cosine(
    from: Double, to: Double = 0, over steps: Int, warmUp: Int = 0
  ) -> LearningRateSchedule {
    falling("cosine", from: from, to: to, over: steps, warmUp: warmUp) { halfCosine($0) }
  }

  /// A power of a line from `from` down to `to`: `to + (from - to) (1 - p)^power`, where p runs from 0 to 1 between the
  /// end of the warm-up and step `steps`. 0.9 is usual in segmentation ("poly"; Chen et al., arXiv:1606.00915).
  public static func polynomial(
    from: Double, to: Double = 0, over steps: Int, power: Double = 0.9, warmUp: Int = 0
  ) -> LearningRateSchedule {
    require(power > 0, "LearningRateSchedule.polynomial: the power must be positive; got \(power)")
    return falling("polynomial", from: from, to: to, over: steps, warmUp: warmUp) { pow(1 - $0, power) }
  }

  /// From 1 to 0 while `progress` runs from 0 to 1.
  static func halfCosine(_ progress: Double) -> Double { (1 + cos(.pi * progress)) / 2 }

  private static func falling(
    _ name: String, from: Double, to: Double, over steps: Int, warmUp: Int,
    shape: @escaping @Sendable (_ progress: Double) -> Double
  ) -> LearningRateSchedule {
    require(
      warmUp < steps,
      "LearningRateSchedule.\(name): the warm-up must be shorter than the \(steps) steps of the run; got \(warmUp)")
    return warming(name, up: warmUp, to: from) {
      between(from, to, share: shape(min(1, Double($0) / Double(steps - warmUp))))
    }
  }

  private static func checkDecay(_ name: String, _ factor: Double, _ every: Int) {
    require((0...1).contains(factor), "LearningRateSchedule.\(name): the factor must lie in 0...1; got \(factor)")
    require(every > 0, "LearningRateSchedule.\(name): it must fall every 1 or more steps; got \(every)")
  }
}
