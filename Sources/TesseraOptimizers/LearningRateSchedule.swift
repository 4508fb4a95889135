import TesseraTensors

/// A learning rate for each step: a plain function, with names for the usual ones.
///
/// ```swift
/// let schedule = LearningRateSchedule.cosine(from: 1e-3, to: 1e-6, over: 1000, warmUp: 100)
/// schedule(0)      // 1e-3 / 101
/// schedule(100)    // 1e-3
/// schedule(1000)   // 1e-6, and so on forever
/// ```
/// Steps count from 0. With a warm-up of w steps the rate of step t < w is `from (t + 1) / (w + 1)`, which is never 0
/// and reaches `from` in step w, where the rest of the schedule begins; `over` counts all steps, those of the warm-up
/// included.
///
/// A schedule has no state: the one that depends on the run so far, `onPlateau`, is passed the scores of its epochs. A
/// resumed run therefore needs nothing from it.
public struct LearningRateSchedule: Sendable {
  private let rate: @Sendable (_ step: Int, _ scores: [Double]) -> Double

  /// Creates a custom schedule.
  public init(_ rate: @escaping @Sendable (_ step: Int) -> Double) { self.rate = { step, _ in rate(step) } }

  /// Creates a custom schedule that looks at the validation scores of the epochs that are complete before the step.
  public init(following rate: @escaping @Sendable (_ step: Int, _ scores: [Double]) -> Double) { self.rate = rate }

  /// The rate of a step.
  ///
  /// - Parameters:
  ///   - step: counted from 0.
  ///   - scores: the validation scores of the epochs so far, from the first; higher is better.
  public func callAsFunction(_ step: Int, scores: [Double] = []) -> Double {
    require(step >= 0, "LearningRateSchedule: steps count from 0; got \(step)")
    return rate(step, scores)
  }

  /// The same rate in every step after the warm-up.
  public static func constant(_ rate: Double, warmUp: Int = 0) -> LearningRateSchedule {
    warming("constant", up: warmUp, to: rate) { _ in rate }
  }

  /// A warm-up of `warmUp` steps to `from`, then `rate` of the number of steps since.
  static func warming(
    _ name: String, up warmUp: Int, to from: Double,
    _ rate: @escaping @Sendable (_ stepsSince: Int) -> Double
  ) -> LearningRateSchedule {
    check(name, from, warmUp: warmUp)
    return LearningRateSchedule { warmed($0, to: from, over: warmUp) ?? rate($0 - warmUp) }
  }

  /// The rate of a step of the warm-up; `nil` after it.
  static func warmed(_ step: Int, to from: Double, over warmUp: Int) -> Double? {
    step < warmUp ? from * (Double(step) + 1) / (Double(warmUp) + 1) : nil
  }

  static func check(_ name: String, _ from: Double, warmUp: Int) {
    require(
      from >= 0 && from.isFinite, "LearningRateSchedule.\(name): the rate must be finite and not negative; got \(from)")
    require(warmUp >= 0, "LearningRateSchedule.\(name): the warm-up must not be negative; got \(warmUp)")
  }

  /// A weighted mean, not to + (from - to) share: exact at both ends.
  static func between(_ from: Double, _ to: Double, share: Double) -> Double { from * share + to * (1 - share) }
}
