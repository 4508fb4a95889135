import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct ReductionTests {
  /// All sixteen subsets of four axes.
  static let subsets = (0..<16).map { bits in (0..<4).filter { bits >> $0 & 1 == 1 } }

  @Test(arguments: subsets)
  func sumMeanAndMaximumOverEverySubsetOfAxes(_ axes: [Int]) {
    let tensor = Tensor.random([3, 4, 5, 6])
    let exact = DoubleArray(tensor)
    let kept = (0..<4).filter { !axes.contains($0) }.map { tensor.shape[$0] }
    let sum = exact.reduced(along: Set(axes), from: 0, +)
    let mean = exact.mean(along: Set(axes))
    let largest = exact.reduced(along: Set(axes), from: -.infinity, max)
    expectClose(tensor.sum(along: axes, keepingAxes: true), sum, tolerance: 1e-6, "sum")
    expectClose(tensor.mean(along: axes, keepingAxes: true), mean, tolerance: 1e-6, "mean")
    expectClose(tensor.maximum(along: axes, keepingAxes: true), largest, tolerance: 0, "maximum")
    expectClose(tensor.sum(along: axes), sum.reshaped(to: Shape(kept)), tolerance: 1e-6, "sum")
    expectClose(tensor.mean(along: axes), mean.reshaped(to: Shape(kept)), tolerance: 1e-6, "mean")
    expectClose(tensor.maximum(along: axes), largest.reshaped(to: Shape(kept)), tolerance: 0, "maximum")
    let fromTheEnd = axes.map { $0 - 4 }.reversed()
    #expect(tensor.sum(along: Array(fromTheEnd)) == tensor.sum(along: axes))
  }

  @Test func longSumsStayExactToAFewRoundings() {
    // Large offsets: a running Float sum of a million such numbers loses four digits.
    let long = Tensor.random([1_000_003], in: 100..<101)
    expectClose(long.sum(), DoubleArray([DoubleArray(long).scalars.reduce(0, +)], shape: []), tolerance: 2e-6)
    let matrix = long.sliced(0..<1_000_000, along: 0)
    for shape: Shape in [[100_000, 10], [10, 100_000]] {
      let folded = matrix.reshaped(to: shape)
      for axis in [0, 1] {
        let expected = DoubleArray(folded).reduced(along: [axis], from: 0, +)
        expectClose(folded.sum(along: [axis], keepingAxes: true), expected, tolerance: 2e-6, "\(shape) along \(axis)")
      }
    }
  }

  /// Many rows and many columns between an outer and an inner axis: blocks of both.
  @Test(arguments: [[3, 700, 5], [2, 3, 5000], [2, 300, 4100]] as [Shape])
  func axesInTheMiddleReduceInBlocks(_ shape: Shape) {
    let tensor = Tensor.random(shape, in: 100..<101)
    let exact = DoubleArray(tensor)
    expectClose(
      tensor.sum(along: [1], keepingAxes: true), exact.reduced(along: [1], from: 0, +), tolerance: 2e-6, "sum")
    expectClose(
      tensor.maximum(along: [1], keepingAxes: true), exact.reduced(along: [1], from: -.infinity, max), tolerance: 0,
      "maximum")
    expectSameBits { [tensor.sum(along: [1]), tensor.maximum(along: [1])] }
  }

  @Test func emptyAndScalarTensorsReduceToo() {
    #expect(Tensor.zeros([0]).sum().item == 0)
    #expect(Tensor.zeros([0, 3]).sum(along: [0]).scalars == [0, 0, 0])
    #expect(Tensor(5).sum().item == 5)
    #expect(Tensor(5).mean().item == 5)
  }

  @Test func aNaNIsNeverHidden() {
    for place in [0, 255, 256, 600] {
      var columns = Tensor.random([601, 2])
      columns[place, 1] = .nan
      let largest = columns.maximum(along: [0])
      #expect(!largest[0].isNaN && largest[1].isNaN, "NaN at \(place)")
    }
    for place in [0, 1, 15, 16, 30, 36] {
      var row = Tensor.random([37, 1])
      row[place, 0] = .nan
      for tensor in [row, row.reshaped(to: [1, 37])] {
        #expect(tensor.maximum().item.isNaN && tensor.sum().item.isNaN, "NaN at \(place)")
        #expect(tensor.maximum(along: [0]).scalars.contains { $0.isNaN }, "NaN at \(place)")
      }
    }
  }

  @Test func anAxisThatIsNotThereStopsWithTheShape() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]).sum(along: [2])
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("sum: there is no axis 2 in shape [2, 3]"))
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    let tensor = Tensor.random([9, 31, 37, 40])
    expectSameBits { Self.subsets.flatMap { [tensor.sum(along: $0), tensor.maximum(along: $0)] } }
  }
}
