import Foundation
import TesseraOptimizers
import TesseraTensors

/// Trains with a learning rate that rises by the same factor from step to step, and keeps each step's loss.
///
/// It is an observer and brings the schedule of the trainer that it observes, so everything else is that of the run to
/// come: loader, loss, optimizer, clipping. The network's weights are spoiled afterwards.
///
/// ```swift
/// let test = RateTest(from: 1e-7, to: 10, steps: 100)
/// let trainer = Trainer(model, optimizer: Adam(for: model), schedule: test.schedule, observers: [test])
/// let rate = try await test.curve(of: trainer, on: loader).learningRate()
/// ```
public final class RateTest: TrainingObserver {
  /// The rates of its steps.
  public let schedule: LearningRateSchedule
  private let window: Int
  private let progress: (RateCurve.Point) -> Void
  private var points: [RateCurve.Point] = []
  private var sum = 0.0
  /// The lowest mean of ``window`` steps.
  private var lowest = Double.infinity

  /// - Parameters:
  ///   - from: the rate of the first step, above 0.
  ///   - to: that of the last; the same for a trial at one rate.
  ///   - steps: their number, at least 2. A tenth of them, at least 3, are averaged over.
  ///   - progress: told about each step.
  public init(
    from: Double, to: Double, steps: Int, progress: @escaping (RateCurve.Point) -> Void = { _ in }
  ) {
    require(
      0 < from && from <= to && to.isFinite, "RateTest: rates must be positive and not fall; got \(from) to \(to)")
    require(steps >= 2, "RateTest: it takes at least 2 steps; got \(steps)")
    schedule = LearningRateSchedule { step in
      let share = min(1, Double(step) / Double(steps - 1))
      return from == to ? from : exp(log(from) * (1 - share) + log(to) * share)
    }
    window = max(3, steps / 10)
    self.progress = progress
  }

  /// Trains `trainer`, which this observes and whose schedule is ``schedule``, for one epoch or until the loss is lost.
  ///
  /// - Parameters:
  ///   - trainer: one whose observers have this among them.
  ///   - training: an epoch of it has as many batches as the test's steps take.
  ///   - isolation: the actor that the training runs on, the caller's by default.
  /// - Throws: what `Trainer.fit` throws, but for a loss or weights that are not finite.
  public func curve(
    of trainer: Trainer, on training: some BatchSource, isolation: isolated (any Actor)? = #isolation
  ) async throws -> RateCurve {
    do {
      try await trainer.fit(training, epochs: 1)
      return RateCurve(points, diverged: false, window: window)
    } catch  where error is LossIsLost || (error as? TrainingError)?.leavesWeightsSound == false {
      return RateCurve(points, diverged: true, window: window)
    }
  }

  public func stepEnded(_ report: StepReport) throws {
    let point = RateCurve.Point(rate: report.learningRate, loss: Double(report.loss))
    points.append(point)
    progress(point)
    sum += point.loss
    guard points.count >= window else { return }
    if points.count > window { sum -= points[points.count - 1 - window].loss }
    let mean = sum / Double(window)
    lowest = min(lowest, mean)
    // Losses that are bounded, such as Dice's, never get there, and negative ones mean nothing here.
    if lowest > 0, mean > 4 * lowest { throw LossIsLost() }
  }

  /// The loss is at several times its lowest: higher rates teach nothing more.
  private struct LossIsLost: Error {}
}
