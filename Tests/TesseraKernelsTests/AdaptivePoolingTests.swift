import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct AdaptivePoolingTests {
  static let sizes: [(from: (Int, Int), to: (Int, Int), channels: Int)] = [
    ((12, 6), (6, 3), 3), ((7, 9), (3, 2), 5), ((5, 4), (1, 1), 300), ((3, 2), (5, 6), 130), ((13, 11), (6, 6), 2),
    ((4, 4), (4, 4), 1), ((1, 40), (2, 7), 3),
  ]

  @Test(arguments: sizes)
  func meansOfBinsEqualPlainLoopsAndTheGradientIsTheAdjoint(_ from: (Int, Int), _ to: (Int, Int), channels: Int) {
    let (original, size) = (Extent(height: from.0, width: from.1), Extent(height: to.0, width: to.1))
    let input = Tensor.random([2, from.0, from.1, channels])
    let expected = Oracle.adaptiveMean(DoubleArray(input), to: to.0, to.1)
    expectClose(AdaptivePooling.average(input, to: size), expected, tolerance: 1e-6)
    expectAdjoint(
      { AdaptivePooling.average($0, to: size) }, { AdaptivePooling.averageGradient($0, from: original) },
      from: input.shape, to: expected.shape)
  }

  @Test func overlappingBinsShareAPixel() {
    let row = Tensor([1, 2, 4], shape: [1, 1, 3, 1])
    #expect(AdaptivePooling.average(row, to: Extent(height: 1, width: 2)).scalars == [1.5, 3])
  }

  @Test func aSumOfManyPixelsStaysExactToAFewRoundings() {
    let input = Tensor.random([1, 300, 400, 2], in: 100..<101)
    expectClose(
      AdaptivePooling.average(input, to: 1), DoubleArray(input).mean(along: [1, 2]), tolerance: 2e-6)
  }

  @Test func noBinsStopWithBothSizes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AdaptivePooling.average(.zeros([1, 4, 4, 1]), to: Extent(height: 0, width: 2))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("adaptiveAveragePool: expects [batch, height, width, channels] with pixels"))
    #expect(text.contains("got [1, 4, 4, 1] and 0 x 2"))
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    let input = Tensor.random([2, 17, 23, 200])
    expectSameBits {
      let output = AdaptivePooling.average(input, to: 6)
      return [
        output, AdaptivePooling.average(input, to: 1), AdaptivePooling.averageGradient(output, from: 17),
      ]
    }
  }
}
