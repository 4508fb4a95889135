import TesseraKernels
import Testing

/// The cost model beside measurements, with two threads, of the convolutions of networks at batch 5: `unet` and `fcnn`
/// at 128 px, and encoders with decoders at 256 px.
@Suite struct ConvolutionCostTests {
  /// The machine of the measurements has other guests, so that a figure may be a quarter off; and less than a
  /// millisecond of a step is not worth a term in the model. Where there are few channels, the choice is a rule.
  @Test func theChoiceTakesLittleLongerThanTheFastest() throws {
    let rows = try MeasuredConvolution.read()
    #expect(!rows.isEmpty)
    for row in rows {
      let candidates = ConvolutionAlgorithm.candidates(
        row.pass, row.geometry, inputChannels: row.inputs, outputChannels: row.outputs, groups: row.groups)
      #expect(
        Set(candidates.map { "\($0)" }) == Set(row.milliseconds.keys),
        "exactly the candidates are measured: \(row.line)")
      let choice = ConvolutionAlgorithm.cheapest(
        row.pass, row.geometry, batch: row.batch, inputChannels: row.inputs, outputChannels: row.outputs,
        groups: row.groups)
      let taken = try #require(row.milliseconds["\(choice)"], "\(choice): \(row.line)")
      let least = try #require(row.milliseconds.values.min())
      guard row.groups == 1 && min(row.inputs, row.outputs) >= 8 else { continue }
      #expect(taken <= max(1.25 * least, least + 0.75), "\(choice) is chosen: \(row.line)")
    }
  }
}
