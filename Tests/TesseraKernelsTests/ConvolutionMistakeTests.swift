import TesseraKernels
import TesseraTensors
import Testing

/// Shapes that do not fit stop with the same words whichever algorithm would have computed.
@Suite struct ConvolutionMistakeTests {
  @Test func anInputWithOtherChannels() async throws {
    try expectMessage(
      "conv2D: the input has 9 channels, but the filter [3, 3, 8, 16] expects 8; input [1, 16, 16, 9]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward([1, 16, 16, 9], by: .gathered)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward([1, 16, 16, 9], by: .winograd(tile: 4))
      })
  }

  @Test func anInputOfAnotherSize() async throws {
    try expectMessage(
      "conv2D: expects an input [batch, 16, 16, channels]; got [1, 16, 15, 8]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward([1, 16, 15, 8], by: .gathered)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward([1, 16, 15, 8], by: .winograd(tile: 4))
      })
  }

  @Test func aFilterOfAnotherWindow() async throws {
    try expectMessage(
      "conv2D: expects a filter [3, 3, inputs, outputs]; got [5, 5, 8, 16]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward(filter: [5, 5, 8, 16], by: .gathered)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward(filter: [5, 5, 8, 16], by: .winograd(tile: 4))
      })
  }

  @Test func aBiasOfAnotherLength() async throws {
    try expectMessage(
      "conv2D: expects a bias [16]; got [8]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward(bias: 8, by: .gathered)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward(bias: 8, by: .winograd(tile: 4))
      })
  }

  @Test func aGradientOfAnotherSize() async throws {
    try expectMessage(
      "conv2D adjoint: expects [batch, 16, 16, 16] for a filter [3, 3, 8, 16]; got [1, 15, 16, 16]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.inputGradient([1, 15, 16, 16], by: .gathered)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.inputGradient([1, 15, 16, 16], by: .winograd(tile: 4))
      })
  }

  @Test func aTransposedConvolutionsBiasOfAnotherLength() async throws {
    try expectMessage(
      "transposedConv2D: expects a bias [8]; got [16]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.inputGradient(bias: 16, by: .gathered)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.inputGradient(bias: 16, by: .winograd(tile: 4))
      })
  }

  @Test func picturesAndGradientsOfTwoBatches() async throws {
    try expectMessage(
      "conv2D filter gradient: input [1, 16, 16, 8] and gradient [2, 16, 16, 16] do not fit 16 x 16 -> 16 x 16 "
        + "in 1 groups",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.filterGradient([2, 16, 16, 16], by: .gathered)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.filterGradient([2, 16, 16, 16], by: .winograd(tile: 4))
      })
  }

  @Test func aTileThatNoAlgorithmHas() async throws {
    try expectMessage(
      "Winograd: there is no F(5 x 5, 3 x 3)",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        Mistake.forward(by: .winograd(tile: 5))
      })
  }

  private func expectMessage(
    _ message: String, _ results: ExitTest.Result?..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for result in results {
      let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(text.contains(message), sourceLocation: sourceLocation)
    }
  }
}

/// Convolutions of a 3 x 3 window from 8 to 16 channels on a picture of 16 x 16, with one shape changed.
private enum Mistake {
  static let geometry = WindowGeometry("conv2D", input: 16, window: 3, padding: .same)

  static func forward(
    _ input: Shape = [1, 16, 16, 8], filter: Shape = [3, 3, 8, 16], bias: Int = 16, by algorithm: ConvolutionAlgorithm
  ) {
    _ = Convolution.forward(
      .zeros(input), filter: .zeros(filter), bias: .zeros([bias]), geometry: geometry, by: algorithm)
  }

  static func inputGradient(
    _ gradient: Shape = [1, 16, 16, 16], bias: Int = 8, by algorithm: ConvolutionAlgorithm
  ) {
    _ = Convolution.inputGradient(
      .zeros(gradient), filter: .zeros([3, 3, 8, 16]), bias: .zeros([bias]), geometry: geometry, by: algorithm)
  }

  static func filterGradient(_ gradient: Shape, by algorithm: ConvolutionAlgorithm) {
    _ = Convolution.filterGradient(
      .zeros([1, 16, 16, 8]), outputGradient: .zeros(gradient), geometry: geometry, by: algorithm)
  }
}
