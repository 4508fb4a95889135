import Foundation

/// The loss of a network while its learning rate rises from step to step (the range test of Smith, "Cyclical learning
/// rates for training neural networks", arXiv:1506.01186), and the rate that follows from it.
///
/// ```swift
/// let curve = try await RateTest(from: 1e-7, to: 10, steps: 100).curve(of: trainer, on: loader)
/// try curve.learningRate()   // 0.0016
/// ```
public struct RateCurve: Sendable, Equatable {
  /// The loss of a step, before its update, at the step's learning rate; or means of several.
  public struct Point: Sendable, Equatable, Codable {
    public let rate: Double
    public let loss: Double

    public init(rate: Double, loss: Double) {
      self.rate = rate
      self.loss = loss
    }
  }

  /// One for each step, at rates that do not fall.
  public let points: [Point]
  /// Whether it ends early because the loss was lost: it became infinite or NaN, or rose far above its lowest.
  public let diverged: Bool
  /// The number of steps that ``smoothed`` averages over, at least 1.
  public let window: Int

  public init(_ points: [Point], diverged: Bool, window: Int) {
    (self.points, self.diverged, self.window) = (points, diverged, max(1, window))
  }

  /// The mean loss of each ``window`` consecutive steps, at the geometric mean of their rates: what single batches add
  /// to the loss is gone, and there is no delay as in an exponential mean, which would shift all to higher rates.
  public var smoothed: [Point] {
    guard points.count >= window else { return [] }
    return (0...points.count - window).map { first in
      let part = points[first..<first + window]
      return Point(
        rate: exp(part.reduce(0) { $0 + log($1.rate) } / Double(window)),
        loss: part.reduce(0) { $0 + $1.loss } / Double(window))
    }
  }

  /// Whether the loss is never lost, and lower at the end than at the start: what a trial at one rate must show.
  public var falls: Bool {
    let smoothed = smoothed
    guard !diverged, let first = smoothed.first, let last = smoothed.last else { return false }
    return last.loss < first.loss
  }

  /// Where the smoothed loss is lowest; `nil` if there are fewer steps than its mean is over.
  public var lowest: Point? { smoothed.min { $0.loss < $1.loss } }

  /// The rate at which the loss falls fastest, per factor of the rate: between the two adjacent windows, up to the
  /// lowest point, whose means differ most; `nil` if the loss does not fall there.
  public var steepestRate: Double? {
    let smoothed = smoothed
    guard let end = smoothed.indices.min(by: { smoothed[$0].loss < smoothed[$1].loss }), end >= window else {
      return nil
    }
    let falls = (0...end - window).map { smoothed[$0].loss - smoothed[$0 + window].loss }
    guard let first = falls.indices.max(by: { falls[$0] < falls[$1] }), falls[first] > 0 else { return nil }
    return (smoothed[first].rate * smoothed[first + window].rate).squareRoot()
  }

  /// The rate to train with: a tenth of the one at which the smoothed loss is lowest, or the one at which it falls
  /// fastest if that is lower; to two digits.
  ///
  /// Above the rate of the lowest loss, steps undo more than they learn. The test meets each rate for a few steps only,
  /// and a run keeps it for thousands, so what the test bears for a moment is too much: the tenth is the margin.
  ///
  /// - Throws: `RateTestError` if the loss does not fall by more than its own noise.
  public func learningRate() throws(RateTestError) -> Double {
    let smoothed = smoothed
    guard let first = smoothed.first, let lowest else { throw .lostAtOnce(rate: points.first?.rate ?? 0, points.count) }
    guard first.loss - lowest.loss > 3 * noise else {
      throw .noFall(from: first.loss, to: lowest.loss, noise: noise)
    }
    return Self.rounded(min(lowest.rate / 10, steepestRate ?? .infinity))
  }

  /// A rate to two digits: more would say more than a test knows.
  package static func rounded(_ rate: Double) -> Double { Double(String(format: "%.1e", rate)) ?? rate }

  /// The standard deviation of the difference of two smoothed values that single batches explain, from the differences
  /// of successive steps up to the lowest loss: what rises or falls slowly hardly counts in them.
  private var noise: Double {
    let end = lowest.flatMap { lowest in points.lastIndex { $0.rate <= lowest.rate } } ?? points.count - 1
    let differences = zip(points[...end], points[...end].dropFirst()).map { $1.loss - $0.loss }
    guard !differences.isEmpty else { return 0 }
    let variance = differences.reduce(0) { $0 + $1 * $1 } / Double(2 * differences.count)
    return (2 * variance / Double(window)).squareRoot()
  }
}

/// Why no learning rate can be named.
public enum RateTestError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// The loss was lost within the first few steps, from the lowest rate on.
  case lostAtOnce(rate: Double, Int)
  /// The loss falls no further than noise would let it.
  case noFall(from: Double, to: Double, noise: Double)
  /// The rate that follows from the curve does not train, nor do lower ones.
  case noRateHolds([Double])

  public var description: String {
    switch self {
    case .lostAtOnce(let rate, let steps):
      "the loss is lost within \(steps) steps from the rate \(rate) on: begin lower, or check that masks and pictures "
        + "belong together"
    case .noFall(let start, let lowest, let noise):
      String(
        format: "the loss does not fall at any rate: %.4g at the lowest, %.4g at the start, and single batches make it "
          + "differ by %.2g; ", lowest, start, noise)
        + "take more steps or a larger batch, end higher, or check that masks and pictures belong together"
    case .noRateHolds(let rates):
      "the loss falls while the rate rises, but not when training at \(rates.map { "\($0)" }.joined(separator: ", ")): "
        + "take more steps or a larger batch"
    }
  }

  public var errorDescription: String? { description }
}
