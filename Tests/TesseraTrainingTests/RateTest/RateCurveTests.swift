import Foundation
import TesseraTensors
import TesseraTraining
import Testing

/// The rate that follows from losses at rising rates.
@Suite struct RateCurveTests {
  /// 81 steps from 1e-7 to 10, ten for each factor of 10.
  private let rates = (0...80).map { pow(10, -7 + Double($0) / 10) }

  private func curve(noise: Double = 0, window: Int = 5, _ loss: (_ logarithm: Double) -> Double) -> RateCurve {
    var random = RandomStream(seed: 4)
    let points = rates.map { rate in
      RateCurve.Point(rate: rate, loss: loss(log10(rate)) + noise * Double(random.normal()))
    }
    return RateCurve(points, diverged: false, window: window)
  }

  /// Falls from 2 to 1 between 1e-4 and 1e-1, and rises from there on.
  private func usual(_ logarithm: Double) -> Double {
    logarithm < -1 ? 1 + min(1, (-1 - logarithm) / 3) : 1 + 4 * (logarithm + 1)
  }

  /// Falls from 2 to 1 between 1e-4 and 3e-4, then slowly until 1, and rises from there on.
  private func suddenly(_ logarithm: Double) -> Double {
    if logarithm < -4 { return 2 }
    if logarithm < -3.5 { return 2 + 2 * (-4 - logarithm) }
    return logarithm < 0 ? 1 - 0.1 * (logarithm + 3.5) : 1 + 5 * logarithm
  }

  @Test func theSmoothedLossIsTheMeanAtTheGeometricMeanOfTheRates() {
    let points = [(1.0, 4.0), (10, 1), (100, 1), (1000, 7)].map { RateCurve.Point(rate: $0.0, loss: $0.1) }
    let smoothed = RateCurve(points, diverged: false, window: 3).smoothed
    #expect(smoothed.map(\.loss) == [2, 3])
    #expect(abs(smoothed[0].rate - 10) < 1e-12 && abs(smoothed[1].rate - 100) < 1e-10)
    #expect(RateCurve(points, diverged: false, window: 4).smoothed.count == 1)
    #expect(RateCurve(points, diverged: false, window: 5).smoothed.isEmpty)
  }

  @Test func theRateIsATenthOfTheLowestLossesOrTheSteepestIfThatIsLower() throws {
    let curve = curve { usual($0) }
    let lowest = try #require(curve.lowest)
    #expect(abs(log10(lowest.rate) + 1) < 0.21)
    #expect(
      try curve.learningRate() == RateCurve.rounded(lowest.rate / 10) || curve.steepestRate ?? 1 < lowest.rate / 10)
    let sudden = self.curve(suddenly)
    let steepest = try #require(sudden.steepestRate)
    #expect(abs(log10(steepest) + 3.75) < 0.3)
    #expect(try sudden.learningRate() == RateCurve.rounded(steepest))
    #expect(try sudden.learningRate() < #require(sudden.lowest).rate / 10)
  }

  @Test(arguments: [0.02, 0.1, 0.2]) func noiseMovesTheRateLittle(noise: Double) throws {
    let clean = try curve(window: 8) { usual($0) }.learningRate()
    let noisy = try curve(noise: noise, window: 8) { usual($0) }.learningRate()
    #expect(abs(log10(noisy / clean)) < 1.5 && noisy < 0.05)
  }

  @Test func aLossThatOnlyJumpsNamesNoRate() {
    let flat = curve(noise: 0.3, window: 8) { _ in 2 }
    let error = #expect(throws: RateTestError.self) { try flat.learningRate() }
    #expect(error?.description.hasPrefix("the loss does not fall at any rate: ") == true)
    #expect(throws: RateTestError.self) { try curve(noise: 0.1, window: 8) { 2 + max(0, $0) }.learningRate() }
    #expect(throws: RateTestError.lostAtOnce(rate: 0.1, 2)) {
      try RateCurve([.init(rate: 0.1, loss: 2), .init(rate: 0.2, loss: 9)], diverged: true, window: 3).learningRate()
    }
  }

  @Test func aTrialMustEndBelowItsStart() {
    func trial(_ losses: [Double], diverged: Bool = false) -> Bool {
      RateCurve(losses.map { .init(rate: 0.1, loss: $0) }, diverged: diverged, window: 2).falls
    }
    #expect(trial([3, 1, 2, 1.9]))
    #expect(!trial([1, 2, 3, 4]) && !trial([2, 2, 2, 2]))
    #expect(!trial([3, 1, 2, 1.9], diverged: true) && !trial([3]))
  }
}
