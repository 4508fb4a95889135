import TesseraKernels
import TesseraTensors
import Testing

/// The cost model beside measurements of every convolution of both networks at batch 5, 128 px.
@Suite struct ConvolutionCostTests {
  /// The input's side, window, stride, inputs and outputs of a convolution, the pass, and milliseconds of two threads of an
  /// AMD EPYC (Zen 4) by tile; 0 stands for im2col.
  private static let measured:
    [(
      size: Int, window: Int, stride: Int, inputs: Int, outputs: Int, pass: ConvolutionAlgorithm.Pass,
      milliseconds: [Int: Double]
    )] = [
      (128, 3, 1, 64, 64, .forward, [0: 33.6, 2: 15.2, 4: 11.9, 6: 11.1]),
      (128, 3, 1, 64, 64, .inputGradient, [0: 33.6, 2: 15.3, 4: 12.8, 6: 11.4]),
      (128, 3, 1, 64, 64, .filterGradient, [0: 34.8, 2: 16.8, 4: 11.9]),
      (128, 3, 1, 128, 64, .forward, [0: 87.4, 2: 29.3, 4: 22.2, 6: 19.3]),
      (128, 3, 1, 128, 64, .inputGradient, [0: 74.6, 2: 35.0, 4: 20.6, 6: 20.3]),
      (128, 3, 1, 128, 64, .filterGradient, [0: 81.5, 2: 30.3, 4: 22.4]),
      (64, 3, 1, 64, 128, .forward, [0: 16.0, 2: 7.7, 4: 5.4, 6: 5.0]),
      (64, 3, 1, 64, 128, .inputGradient, [0: 17.1, 2: 7.3, 4: 5.4, 6: 4.8]),
      (64, 3, 1, 64, 128, .filterGradient, [0: 16.5, 2: 8.0, 4: 6.1]),
      (64, 3, 1, 128, 128, .forward, [0: 31.5, 2: 13.7, 4: 9.3, 6: 8.6]),
      (64, 3, 1, 128, 128, .inputGradient, [0: 31.5, 2: 13.6, 4: 9.3, 6: 8.6]),
      (64, 3, 1, 128, 128, .filterGradient, [0: 33.3, 2: 14.7, 4: 9.9]),
      (64, 3, 1, 256, 128, .forward, [0: 73.7, 2: 33.2, 4: 20.4, 6: 18.7]),
      (64, 3, 1, 256, 128, .inputGradient, [0: 62.5, 2: 27.2, 4: 17.4, 6: 17.1]),
      (64, 3, 1, 256, 128, .filterGradient, [0: 71.1, 2: 31.5, 4: 23.5]),
      (32, 3, 1, 128, 256, .forward, [0: 15.7, 2: 7.0, 4: 4.6, 6: 5.3]),
      (32, 3, 1, 128, 256, .inputGradient, [0: 16.2, 2: 6.9, 4: 4.5, 6: 6.4]),
      (32, 3, 1, 128, 256, .filterGradient, [0: 16.3, 2: 8.2, 4: 6.8]),
      (32, 3, 1, 256, 256, .forward, [0: 31.5, 2: 13.5, 4: 8.7, 6: 10.7]),
      (32, 3, 1, 256, 256, .inputGradient, [0: 31.6, 2: 13.4, 4: 8.7, 6: 10.6]),
      (32, 3, 1, 256, 256, .filterGradient, [0: 33.0, 2: 14.9, 4: 12.9]),
      (32, 3, 1, 512, 256, .forward, [0: 65.3, 2: 27.8, 4: 22.0, 6: 33.8]),
      (32, 3, 1, 512, 256, .inputGradient, [0: 64.9, 2: 27.2, 4: 23.6, 6: 31.7]),
      (32, 3, 1, 512, 256, .filterGradient, [0: 75.1, 2: 42.9, 4: 28.3]),
      (16, 3, 1, 256, 512, .forward, [0: 17.8, 2: 7.7, 4: 5.6, 6: 5.8]),
      (16, 3, 1, 256, 512, .inputGradient, [0: 16.6, 2: 7.4, 4: 5.2, 6: 5.7]),
      (16, 3, 1, 256, 512, .filterGradient, [0: 17.6, 2: 10.2, 4: 5.8]),
      (16, 3, 1, 512, 512, .forward, [0: 33.1, 2: 15.2, 4: 9.6, 6: 10.4]),
      (16, 3, 1, 512, 512, .inputGradient, [0: 32.4, 2: 15.7, 4: 9.7, 6: 10.4]),
      (16, 3, 1, 512, 512, .filterGradient, [0: 35.0, 2: 21.6, 4: 9.6]),
      (16, 3, 1, 1024, 512, .forward, [0: 77.1, 2: 45.0, 4: 20.0]),
      (16, 3, 1, 1024, 512, .inputGradient, [0: 65.8, 2: 32.5, 4: 19.2, 6: 20.8]),
      (16, 3, 1, 1024, 512, .filterGradient, [0: 67.9, 2: 40.7, 4: 20.7]),
      (8, 3, 1, 512, 1024, .forward, [0: 16.7, 2: 9.3, 4: 7.0, 6: 11.2]),
      (8, 3, 1, 512, 1024, .inputGradient, [0: 17.5, 2: 10.9, 4: 7.9]),
      (8, 3, 1, 512, 1024, .filterGradient, [0: 19.6, 2: 11.5, 4: 8.2]),
      (8, 3, 1, 1024, 1024, .forward, [0: 35.9, 2: 21.1, 4: 16.0]),
      (8, 3, 1, 1024, 1024, .inputGradient, [0: 35.9, 2: 21.1, 4: 15.7]),
      (8, 3, 1, 1024, 1024, .filterGradient, [0: 35.9, 2: 18.9, 4: 15.2]),
      (16, 3, 2, 512, 1024, .forward, [0: 22.6, 3: 25.5, 4: 23.2]),
      (16, 3, 2, 512, 1024, .inputGradient, [0: 20.9, 3: 25.7, 4: 23.2]),
      (16, 3, 2, 512, 1024, .filterGradient, [0: 17.6, 3: 14.3, 4: 13.1]),
      (32, 3, 2, 256, 512, .forward, [0: 16.6, 3: 17.4, 4: 12.4]),
      (32, 3, 2, 256, 512, .inputGradient, [0: 17.4, 3: 17.3, 4: 12.2]),
      (32, 3, 2, 256, 512, .filterGradient, [0: 17.7, 3: 13.8, 4: 10.3]),
      (64, 3, 2, 128, 256, .forward, [0: 16.0, 3: 11.5, 4: 11.4]),
      (64, 3, 2, 128, 256, .inputGradient, [0: 18.3, 3: 11.5, 4: 10.9]),
      (64, 3, 2, 128, 256, .filterGradient, [0: 16.9, 3: 14.7, 4: 12.4]),
      (128, 3, 2, 64, 128, .forward, [0: 16.7, 3: 11.6, 4: 11.2]),
      (128, 3, 2, 64, 128, .inputGradient, [0: 20.3, 3: 11.3, 4: 10.4]),
      (128, 3, 2, 64, 128, .filterGradient, [0: 17.5, 3: 12.7, 4: 12.3]),
      (8, 3, 1, 512, 512, .forward, [0: 8.9, 2: 5.3, 4: 3.3, 6: 5.5]),
      (8, 3, 1, 512, 512, .inputGradient, [0: 8.5, 2: 4.9, 4: 3.8, 6: 6.6]),
      (8, 3, 1, 512, 512, .filterGradient, [0: 8.4, 2: 4.9, 4: 3.8]),
      (8, 4, 2, 151, 512, .forward, [0: 1.4, 3: 2.1, 4: 1.5]),
      (8, 4, 2, 151, 512, .inputGradient, [0: 1.4, 3: 1.8, 4: 2.7]),
      (8, 4, 2, 151, 512, .filterGradient, [0: 1.2, 3: 1.8, 4: 1.5]),
      (16, 4, 2, 151, 151, .forward, [0: 1.8, 3: 1.2, 4: 1.0]),
      (16, 4, 2, 151, 151, .inputGradient, [0: 2.0, 3: 1.2, 4: 1.7]),
      (16, 4, 2, 151, 151, .filterGradient, [0: 1.6, 3: 1.0, 4: 0.9]),
      (128, 16, 8, 151, 151, .forward, [0: 108.5, 3: 75.5, 4: 45.0]),
      (128, 16, 8, 151, 151, .inputGradient, [0: 107.6, 3: 54.8, 4: 56.5]),
      (128, 16, 8, 151, 151, .filterGradient, [0: 95.0, 3: 49.6, 4: 39.1]),
    ]

  /// The machine of the measurements has other guests, so that a figure may be a quarter off.
  @Test func theChoiceTakesAtMostAQuarterLongerThanTheFastest() throws {
    for row in Self.measured {
      let geometry = WindowGeometry(
        "conv2D", input: Extent(row.size), window: Extent(row.window), stride: Extent(row.stride), padding: .same)
      let candidates = ConvolutionAlgorithm.candidates(
        row.pass, geometry, inputChannels: row.inputs, outputChannels: row.outputs, groups: 1)
      #expect(candidates.count == row.milliseconds.count, "all candidates were measured: \(row)")
      let choice = ConvolutionAlgorithm.cheapest(
        row.pass, geometry, batch: 5, inputChannels: row.inputs, outputChannels: row.outputs, groups: 1)
      let tile = if case .winograd(let tile) = choice { tile } else { 0 }
      let taken = try #require(row.milliseconds[tile])
      let least = try #require(row.milliseconds.values.min())
      #expect(taken <= 1.25 * least, "\(row): \(choice)")
    }
  }
}
