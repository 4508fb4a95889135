import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct BatchNormalizationTests {
  /// One block, several, channels that fill no register, more channels than fit into a short block, and two axes.
  static let shapes: [Shape] = [[1, 1, 1, 4], [2, 3, 5, 7], [3, 40, 9, 16], [700, 33], [40, 2100], [2, 3, 4, 5, 6]]

  private func oracle(_ x: DoubleArray) -> (mean: DoubleArray, variance: DoubleArray) {
    let pixels = Set(0..<x.shape.rank - 1)
    let mean = x.mean(along: pixels)
    let variance = x.combined(with: mean, -).map { $0 * $0 }.mean(along: pixels)
    return (mean.reshaped(to: [x.shape[-1]]), variance.reshaped(to: [x.shape[-1]]))
  }

  @Test(arguments: shapes) func momentsAreThoseOfEachChannel(_ shape: Shape) {
    let input = Tensor.random(shape, in: -1..<3)
    let expected = oracle(DoubleArray(input))
    let moments = BatchNormalization.moments(of: input)
    expectClose(moments.mean, expected.mean, tolerance: 1e-6, "mean")
    expectClose(moments.variance, expected.variance, tolerance: 1e-6, "variance")
  }

  /// A mean far from zero: a difference of squares would have no correct digit left.
  @Test func aLargeMeanDoesNotCostTheVariance() {
    let input = Tensor.random([50_000, 3], in: 0..<1) + Tensor([10_000, -2000, 0])
    let expected = oracle(DoubleArray(input))
    let moments = BatchNormalization.moments(of: input)
    expectClose(moments.mean, expected.mean, tolerance: 1e-6, "mean")
    expectClose(moments.variance, expected.variance, tolerance: 1e-5, "variance")
    let inverse = 1 / moments.variance.squareRoot()
    let normalized = BatchNormalization.normalized(
      input, mean: moments.mean, factor: inverse, offset: .zeros([3]))
    let again = oracle(DoubleArray(normalized))
    #expect(again.mean.scalars.allSatisfy { abs($0) < 2e-3 })
    #expect(again.variance.scalars.allSatisfy { abs($0 - 1) < 1e-4 })
  }

  @Test(arguments: shapes) func loopsAreTheirFormulas(_ shape: Shape) {
    let (x, dy) = (Tensor.random(shape, seed: 1), Tensor.random(shape, seed: 2))
    let vectors = (3..<7).map { Tensor.random([shape[-1]], seed: $0) }
    let exact = vectors.map(DoubleArray.init)
    let centered = DoubleArray(x).combined(with: exact[0], -)
    expectClose(
      BatchNormalization.normalized(x, mean: vectors[0], factor: vectors[1], offset: vectors[2]),
      centered.combined(with: exact[1], *).combined(with: exact[2], +), tolerance: 1e-6)
    let sums = BatchNormalization.sums(dy, input: x, mean: vectors[0])
    let pixels = Set(0..<shape.rank - 1)
    func sum(_ array: DoubleArray) -> DoubleArray {
      array.reduced(along: pixels, from: 0, +).reshaped(to: [shape[-1]])
    }
    expectClose(sums.gradient, sum(DoubleArray(dy)), tolerance: 1e-5)
    expectClose(sums.product, sum(DoubleArray(dy).combined(with: centered, *)), tolerance: 1e-5)
    expectClose(
      BatchNormalization.inputGradient(
        dy, input: x, mean: vectors[0], factor: vectors[1], slope: vectors[2], shift: vectors[3]),
      DoubleArray(dy).combined(with: exact[1], *).combined(with: centered.combined(with: exact[2], *), +)
        .combined(with: exact[3], +), tolerance: 1e-6)
  }

  @Test func bitsAreTheSameForAnyNumberOfThreads() {
    let (x, dy) = (Tensor.random([5, 31, 29, 24], seed: 1), Tensor.random([5, 31, 29, 24], seed: 2))
    expectSameBits {
      let moments = BatchNormalization.moments(of: x)
      let sums = BatchNormalization.sums(dy, input: x, mean: moments.mean)
      let normalized = BatchNormalization.normalized(
        x, mean: moments.mean, factor: moments.variance, offset: sums.gradient)
      let gradient = BatchNormalization.inputGradient(
        dy, input: x, mean: moments.mean, factor: moments.variance, slope: sums.product, shift: sums.gradient)
      return [moments.mean, moments.variance, sums.gradient, sums.product, normalized, gradient]
    }
  }

  @Test func aTensorThatIsHandedOverIsChangedInPlace() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let vector = Tensor.random([64])
      var x = Tensor.random([256, 64])
      x = BatchNormalization.normalized(consume x, mean: vector, factor: vector, offset: vector)
      #expect(x.shape == [256, 64] && pool.statistics.peak < 256 * 64 * 4 + 4096)
    }
  }

  @Test func nothingHasNoMoments() async throws {
    let empty = BatchNormalization.normalized(
      .zeros([0, 3]), mean: .zeros([3]), factor: .zeros([3]), offset: .zeros([3]))
    #expect(empty.shape == [0, 3])
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BatchNormalization.moments(of: .zeros([0, 4, 4, 3]))
    }
    #expect(
      String(decoding: try #require(result).standardErrorContent, as: UTF8.self).contains(
        "batchNormalization: [0, 4, 4, 3] has no pixels to take moments of"))
  }
}
