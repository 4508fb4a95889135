import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct BroadcastingTests {
  static let shapes: [(Shape, Shape)] = [
    ([3, 4], [3, 4]), ([3, 4], [4]), ([4], [3, 4]), ([3, 4], [3, 1]), ([3, 1], [1, 4]), ([3, 4], []), ([], [3, 4]),
    ([2, 3, 4, 5], [5]), ([2, 3, 4, 5], [1, 3, 1, 5]), ([2, 3, 4, 5], [2, 1, 1, 5]), ([2, 3, 4, 5], [2, 3, 1, 1]),
    ([2, 1, 4, 1], [1, 3, 1, 5]), ([2, 3, 4, 5], [2, 1, 4, 1]), ([1, 1, 1, 1], [2, 3, 1, 2]), ([], []), ([1], [1, 1]),
    ([7, 1], [3, 1, 2]), ([0, 3], [3]), ([2, 0], [1, 1]),
  ]
  static let operations: [(@Sendable (Tensor, Tensor) -> Tensor, @Sendable (Double, Double) -> Double)] = [
    ({ $0 + $1 }, { $0 + $1 }), ({ $0 - $1 }, { $0 - $1 }), ({ $0 * $1 }, { $0 * $1 }), ({ $0 / $1 }, { $0 / $1 }),
    ({ Tensor.maximum($0, $1) }, { max($0, $1) }), ({ Tensor.minimum($0, $1) }, { min($0, $1) }),
  ]

  @Test(arguments: shapes)
  func allOperationsFollowNumPysRule(_ left: Shape, _ right: Shape) {
    let a = Tensor.random(left, seed: 1)
    let b = Tensor.random(right, seed: 2, in: 0.5..<2)
    for (number, (operation, oracle)) in Self.operations.enumerated() {
      expectClose(
        operation(a, b), DoubleArray(a).combined(with: DoubleArray(b), oracle), tolerance: 1e-6, "operation \(number)")
    }
  }

  @Test func runsOfLaterBlocksAreRightToo() {
    for (left, right): (Shape, Shape) in [
      ([140, 500], [500]), ([140, 500], [140, 1]), ([7, 100, 100], [7, 1, 100]), ([70_001], [1]), ([70_001], [70_001]),
      ([3, 70_001], [3, 1]), ([3, 70_001], [70_001]), ([3, 900, 40], [3, 1, 40]), ([2, 3, 700, 30], [2, 1, 700, 1]),
    ] {
      let (a, b) = (Tensor.random(left, seed: 1), Tensor.random(right, seed: 2))
      let expected = DoubleArray(a).combined(with: DoubleArray(b), -)
      expectClose(a - b, expected, tolerance: 1e-6, "\(left) - \(right)")
      expectClose(b - a, expected.map { -$0 }, tolerance: 1e-6, "\(right) - \(left)")
    }
  }

  @Test func repeatingIsAddingToZeros() {
    for (small, large): (Shape, Shape) in [
      ([2, 1, 1, 5], [2, 3, 4, 5]), ([3, 1], [2, 3, 4]), ([], [2, 3]), ([2, 3], [2, 3]), ([2, 1], [2, 70_001]),
      ([0, 1], [0, 3]),
    ] {
      let tensor = Tensor.random(small)
      #expect(tensor.repeated(to: large) == .zeros(large) + tensor)
    }
  }

  @Test func inPlaceOperationsEqualTheOthersAndLeaveCopiesAlone() {
    let original = Tensor.random([2, 3, 4])
    for other in [Tensor.random([2, 3, 4], seed: 7, in: 1..<2), .random([4], in: 1..<2), .random([3, 1], in: 1..<2)] {
      var results = [original, original, original, original]
      results[0] += other
      results[1] -= other
      results[2] *= other
      results[3] /= other
      #expect(results == [original + other, original - other, original * other, original / other])
    }
    var doubled = original
    doubled += doubled
    #expect(doubled == original * 2)
    #expect(original == Tensor.random([2, 3, 4]))
  }

  @Test func scalarsStandOnEitherSide() {
    let x = Tensor([1, 2, 4])
    #expect((x + 1).scalars == [2, 3, 5] && (1 + x).scalars == [2, 3, 5])
    #expect((x - 1).scalars == [0, 1, 3] && (1 - x).scalars == [0, -1, -3])
    #expect((x * 3).scalars == [3, 6, 12] && (3 * x).scalars == [3, 6, 12])
    #expect((x / 2).scalars == [0.5, 1, 2] && (2 / x).scalars == [2, 1, 0.5])
    #expect((-x).scalars == [-1, -2, -4])
  }

  @Test func addingAScaledTensorWorksAcrossBlocks() {
    let (a, b) = (Tensor.random([70_001], seed: 1), Tensor.random([70_001], seed: 2))
    var sum = a
    sum.add(b, scaledBy: 0.5)
    expectClose(sum, DoubleArray(a).combined(with: DoubleArray(b)) { $0 + 0.5 * $1 }, tolerance: 1e-6)
  }

  @Test func aNaNSurvivesMaximumAndMinimumOnEitherSide() {
    let (number, nan) = (Tensor([1, 1]), Tensor([.nan, 2]))
    for result in [
      Tensor.maximum(number, nan), .maximum(nan, number), .minimum(number, nan), .minimum(nan, number),
    ] {
      #expect(result[0].isNaN && !result[1].isNaN)
    }
  }

  @Test func shapesThatDoNotFitStopWithBoth() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]) + Tensor.zeros([2, 4])
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("add: shapes [2, 3] and [2, 4] do not broadcast"))
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    let (a, b, row) = (Tensor.random([300, 500], seed: 1), Tensor.random([300, 500], seed: 2), Tensor.random([500]))
    let column = Tensor.random([300, 1])
    expectSameBits { [a + b, a * row, row - a, a / column, column * row, a.exponential(), (a * a).squareRoot()] }
  }
}
