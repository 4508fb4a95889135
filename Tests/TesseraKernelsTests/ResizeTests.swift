import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct ResizeTests {
  static let sizes: [(from: (Int, Int), to: (Int, Int))] = [
    ((4, 5), (8, 10)), ((4, 5), (12, 20)), ((3, 3), (7, 5)), ((8, 9), (4, 3)), ((7, 5), (3, 9)), ((1, 1), (4, 4)),
    ((5, 4), (5, 4)), ((6, 7), (1, 1)), ((2, 3), (32, 21)),
  ]

  static let interpolations = [Interpolation.nearest, .bilinear, .bilinearAlignedCorners]

  @Test(arguments: sizes)
  func bilinearEqualsTentWeights(_ from: (Int, Int), _ to: (Int, Int)) {
    let input = Tensor.random([2, from.0, from.1, 3])
    let result = input.resized(to: Extent(height: to.0, width: to.1), .bilinear)
    expectClose(result, Oracle.bilinear(DoubleArray(input), to: to.0, to.1), tolerance: 1e-6, "bilinear")
    let aligned = input.resized(to: Extent(height: to.0, width: to.1), .bilinearAlignedCorners)
    expectClose(
      aligned, Oracle.bilinear(DoubleArray(input), to: to.0, to.1, aligned: true), tolerance: 1e-6, "aligned corners")
  }

  @Test func alignedCornersAreTheSamePixelsAndNothingRepeats() {
    let ramp = Tensor((0..<5).map(Float.init), shape: [1, 1, 5, 1])
    func resized(_ interpolation: Interpolation) -> [Float] {
      ramp.resized(to: Extent(height: 1, width: 9), interpolation).scalars
    }
    #expect(resized(.bilinearAlignedCorners) == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4])
    #expect(resized(.bilinear).first == 0 && resized(.bilinear)[1] < 0.5)
  }

  @Test(arguments: sizes)
  func nearestTakesThePixelUnderTheCenter(_ from: (Int, Int), _ to: (Int, Int)) {
    let input = Tensor.random([2, from.0, from.1, 3])
    let result = input.resized(to: Extent(height: to.0, width: to.1), .nearest)
    expectClose(result, Oracle.nearest(DoubleArray(input), to: to.0, to.1), tolerance: 0, "nearest")
  }

  @Test(arguments: sizes)
  func theGradientIsTheAdjoint(_ from: (Int, Int), _ to: (Int, Int)) {
    let (small, large) = (Extent(height: from.0, width: from.1), Extent(height: to.0, width: to.1))
    for interpolation in Self.interpolations {
      expectAdjoint(
        { $0.resized(to: large, interpolation) }, { $0.resizedAdjoint(to: small, interpolation) },
        from: [2, from.0, from.1, 70], to: [2, to.0, to.1, 70], "\(interpolation)")
    }
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    let input = Tensor.random([3, 13, 17, 130])
    for interpolation in Self.interpolations {
      expectSameBits {
        [input.resized(to: 29, interpolation), input.resizedAdjoint(to: 7, interpolation)]
      }
    }
  }
}
