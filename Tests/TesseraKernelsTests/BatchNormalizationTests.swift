import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct BatchNormalizationTests {
  /// One block, several, channels that fill no register, more channels than fit into a short block, and other ranks.
  static let shapes: [Shape] = [
    [1, 1, 1, 4], [2, 3, 5, 7], [3, 40, 9, 16], [600, 3], [40, 1100], [2, 3, 4, 5, 6],
  ]

  /// Sums over the pixels of each channel, by plain loops.
  private func sums(_ shape: Shape, _ term: (_ element: Int, _ channel: Int) -> Double) -> DoubleArray {
    var sums = [Double](repeating: 0, count: shape[-1])
    for element in 0..<shape.elementCount { sums[element % shape[-1]] += term(element, element % shape[-1]) }
    return DoubleArray(sums, shape: [shape[-1]])
  }

  private func moments(_ input: Tensor) -> (mean: DoubleArray, variance: DoubleArray) {
    let (x, pixels) = (input.scalars.map(Double.init), Double(input.count / input.shape[-1]))
    let mean = sums(input.shape) { element, _ in x[element] / pixels }
    let variance = sums(input.shape) { element, channel in
      let deviation = x[element] - mean.scalars[channel]
      return deviation * deviation / pixels
    }
    return (mean, variance)
  }

  @Test(arguments: shapes) func momentsAreThoseOfEachChannel(_ shape: Shape) {
    let input = Tensor.random(shape, in: -1..<3)
    let (expected, found) = (moments(input), BatchNormalization.moments(of: input))
    expectClose(found.mean, expected.mean, tolerance: 1e-6, "mean")
    expectClose(found.variance, expected.variance, tolerance: 1e-6, "variance")
  }

  /// A mean far from zero: a difference of squares would have no correct digit left.
  @Test func aLargeMeanDoesNotCostTheVariance() {
    let input = Tensor.random([5000, 3], in: 0..<1) + Tensor([10_000, -2000, 0])
    let (expected, found) = (moments(input), BatchNormalization.moments(of: input))
    expectClose(found.mean, expected.mean, tolerance: 1e-7, "mean")
    expectClose(found.variance, expected.variance, tolerance: 1e-5, "variance")
    let inverse = 1 / found.variance.squareRoot()
    let again = moments(
      BatchNormalization.normalized(input, by: .init(mean: found.mean, factor: inverse, offset: .zeros([3]))))
    // The mean is a float.
    #expect(again.mean.scalars.allSatisfy { abs($0) < 2e-3 })
    #expect(again.variance.scalars.allSatisfy { abs($0 - 1) < 1e-4 })
  }

  @Test(arguments: shapes) func loopsAreTheirFormulas(_ shape: Shape) {
    let (x, dy) = (Tensor.random(shape, seed: 1), Tensor.random(shape, seed: 2))
    let vectors = (3..<7).map { Tensor.random([shape[-1]], seed: $0) }
    let (mean, factor, slope, shift) = (vectors[0], vectors[1], vectors[2], vectors[3])
    let (inputs, gradients, exact) = (x.scalars, dy.scalars, vectors.map { $0.scalars.map(Double.init) })
    func centered(_ element: Int) -> Double { Double(inputs[element]) - exact[0][element % shape[-1]] }
    func expected(_ value: (_ element: Int, _ channel: Int) -> Double) -> DoubleArray {
      DoubleArray((0..<shape.elementCount).map { value($0, $0 % shape[-1]) }, shape: shape)
    }
    let map = BatchNormalization.Map(mean: mean, factor: factor, offset: slope)
    expectClose(
      BatchNormalization.normalized(x, by: map),
      expected { centered($0) * exact[1][$1] + exact[2][$1] }, tolerance: 1e-6)
    let found = BatchNormalization.sums(dy, input: x, map: map)
    expectClose(found.gradient, sums(shape) { element, _ in Double(gradients[element]) }, tolerance: 1e-5)
    expectClose(
      found.product, sums(shape) { element, _ in Double(gradients[element]) * centered(element) }, tolerance: 1e-5)
    expectClose(
      BatchNormalization.inputGradient(dy, input: x, map: map, slope: slope, shift: shift),
      expected { Double(gradients[$0]) * exact[1][$1] + centered($0) * exact[2][$1] + exact[3][$1] }, tolerance: 1e-6)
  }

  /// An activation and an addition in the same pass give the bits of separate passes, in both directions.
  @Test(arguments: [
    Activation.relu, .leakyReLU(slope: 0.1), .relu6, .sigmoid, .hardSigmoid, .tanh, .gelu, .silu, .hardSwish,
  ])
  func whatFollowsIsAsInItsOwnPass(_ activation: Activation) {
    let shape: Shape = [3, 17, 11, 19]
    let (x, dy, addend) = (Tensor.random(shape, seed: 1), Tensor.random(shape, seed: 2), Tensor.random(shape, seed: 3))
    let vectors = (4..<9).map { Tensor.random([19], seed: $0, in: -3..<3) }
    let map = BatchNormalization.Map(mean: vectors[0], factor: vectors[1], offset: vectors[2])
    let fused = map.followed(by: activation)
    let normalized = BatchNormalization.normalized(x, by: map)
    #expect(BatchNormalization.normalized(x, by: fused) == activation(normalized))
    #expect(BatchNormalization.normalized(x, by: fused, adding: addend) == activation(normalized + addend))
    let before = activation.backward(
      dy, reference: activation.derivesFromOutput ? activation(normalized) : normalized)
    let (sums, separate) = (
      BatchNormalization.sums(dy, input: x, map: fused), BatchNormalization.sums(before, input: x, map: map)
    )
    #expect(sums.gradient == separate.gradient && sums.product == separate.product)
    #expect(
      BatchNormalization.inputGradient(dy, input: x, map: fused, slope: vectors[3], shift: vectors[4])
        == BatchNormalization.inputGradient(before, input: x, map: map, slope: vectors[3], shift: vectors[4]))
  }

  @Test func bitsAreTheSameForAnyNumberOfThreads() {
    let (x, dy) = (Tensor.random([5, 21, 19, 24], seed: 1), Tensor.random([5, 21, 19, 24], seed: 2))
    expectSameBits {
      let moments = BatchNormalization.moments(of: x)
      let map = BatchNormalization.Map(
        mean: moments.mean, factor: moments.variance, offset: moments.mean, activation: .relu)
      let sums = BatchNormalization.sums(dy, input: x, map: map)
      let normalized = BatchNormalization.normalized(x, by: map, adding: dy)
      let gradient = BatchNormalization.inputGradient(
        dy, input: x, map: map, slope: sums.product, shift: sums.gradient)
      return [moments.mean, moments.variance, sums.gradient, sums.product, normalized, gradient]
    }
  }

  @Test func aTensorThatIsHandedOverIsChangedInPlace() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let vector = Tensor.random([64])
      var x = Tensor.random([256, 64])
      x = BatchNormalization.normalized(consume x, by: .init(mean: vector, factor: vector, offset: vector))
      #expect(x.shape == [256, 64] && pool.statistics.peak < 256 * 64 * 4 + 4096)
    }
  }

  @Test func nothingHasNoMoments() async throws {
    let empty = BatchNormalization.normalized(
      .zeros([0, 3]), by: .init(mean: .zeros([3]), factor: .zeros([3]), offset: .zeros([3])))
    #expect(empty.shape == [0, 3])
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BatchNormalization.moments(of: .zeros([0, 4, 4, 3]))
    }
    #expect(
      String(decoding: try #require(result).standardErrorContent, as: UTF8.self).contains(
        "batchNormalization: [0, 4, 4, 3] has no pixels to take moments of"))
  }
}
