import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// Filters that are kept from pass to pass change no bit.
@Suite struct PreparedFilterTests {
  static let algorithms: [ConvolutionAlgorithm] = [.gathered, .winograd(tile: 2), .winograd(tile: 4)]

  /// A convolution, or its adjoint, of fixed pictures with `filter`.
  private func convolve(_ filter: Tensor, by algorithm: ConvolutionAlgorithm, isAdjoint: Bool) -> [UInt32] {
    let geometry = WindowGeometry(
      "test", input: Extent(height: 11, width: 9), window: 3, stride: 1, dilation: 1, padding: .same)
    let result =
      isAdjoint
      ? Convolution.inputGradient(.random([2, 11, 9, 12]), filter: filter, geometry: geometry, by: algorithm)
      : Convolution.forward(.random([2, 11, 9, 8]), filter: filter, geometry: geometry, by: algorithm)
    return result.scalars.map(\.bitPattern)
  }

  @Test(arguments: algorithms, [false, true])
  func everyPassGivesTheBitsOfAPassThatKeepsNothing(algorithm: ConvolutionAlgorithm, isAdjoint: Bool) {
    let prepared = PreparedTensors()
    var filter = Tensor.random([3, 3, 8, 12])
    for change in 0..<4 {
      filter[1, 1, 0, 0] = Float(change)
      let expected = convolve(filter, by: algorithm, isAdjoint: isAdjoint)
      ComputeContext.$current.withValue(.current.keeping(prepared)) {
        for pass in 1...3 {
          #expect(convolve(filter, by: algorithm, isAdjoint: isAdjoint) == expected, "pass \(pass), change \(change)")
        }
      }
      #expect(prepared.count == 1)
    }
  }

  @Test func aConvolutionAndItsAdjointKeepFiltersOfTheirOwn() {
    let prepared = PreparedTensors()
    let filter = Tensor.random([3, 3, 8, 12])
    ComputeContext.$current.withValue(.current.keeping(prepared)) {
      for _ in 0..<2 {
        for isAdjoint in [false, true] {
          for algorithm in Self.algorithms { _ = convolve(filter, by: algorithm, isAdjoint: isAdjoint) }
        }
      }
    }
    #expect(prepared.count == 6 && prepared.sourceCount == 1)
  }
}
