import Foundation
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct RandomFillTests {
  /// The largest distance between the share of numbers up to x and the distribution function at x (Kolmogorov,
  /// Smirnov).
  func distance(_ tensor: Tensor, _ distribution: (Double) -> Double) -> Double {
    let sorted = tensor.scalars.map(Double.init).sorted()
    let step = 1 / Double(sorted.count)
    return sorted.enumerated().map { index, x in
      max(abs(distribution(x) - Double(index) * step), abs(distribution(x) - Double(index + 1) * step))
    }.max() ?? 1
  }

  /// What the distance stays below in 99.9 % of draws.
  let limit = 1.95 / 200_000.0.squareRoot()

  @Test(arguments: [1, 77, 1 << 60] as [UInt64]) func uniformNumbersAreUniform(key: UInt64) {
    let tensor = Tensor.uniform([200_000], from: -2, to: 3, key: key)
    #expect(distance(tensor) { ($0 + 2) / 5 } < limit)
    #expect(tensor.scalars.allSatisfy { $0 > -2 && $0 < 3 })
  }

  @Test(arguments: [1, 77, 1 << 60] as [UInt64]) func truncatedNormalNumbersFollowTheCutNormal(key: UInt64) {
    let tensor = Tensor.truncatedNormal([200_000], deviation: 0.5, key: key)
    let share = erf(2 / 2.0.squareRoot())
    #expect(distance(tensor) { 0.5 + erf($0 / 0.5 / 2.0.squareRoot()) / share / 2 } < limit)
    #expect(tensor.scalars.allSatisfy { abs($0) <= 1.000_01 })
  }

  @Test func keysAndPlacesDecideTheNumbers() {
    let short = Tensor.uniform([1000], from: 0, to: 1, key: 5)
    let long = Tensor.uniform([100_000], from: 0, to: 1, key: 5)
    #expect(long.sliced(0..<1000, along: 0) == short)
    #expect(Tensor.uniform([1000], from: 0, to: 1, key: 6) != short)
  }

  @Test func theBitsAreTheSameOnAnyNumberOfThreads() {
    expectSameBits {
      [Tensor.uniform([300_000], from: 0, to: 1, key: 9), .truncatedNormal([300_000], deviation: 1, key: 9)]
    }
  }
}
