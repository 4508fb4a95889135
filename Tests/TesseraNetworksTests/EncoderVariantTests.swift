import Foundation
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import Testing

/// Details of encoders in files and in networks.
@Suite struct EncoderVariantTests {
  typealias Configuration = EncoderDecoder<UNetDecoder, EfficientNetB0>.Configuration

  private func text(_ variant: EncoderVariant) throws -> String {
    var configuration = Configuration(classes: 3)
    configuration.encoderVariant = variant
    return String(decoding: try JSONEncoder().encode(NetworkDescription(configuration)), as: UTF8.self)
  }

  private func read(_ text: String) throws -> EncoderVariant {
    try JSONDecoder().decode(NetworkDescription.self, from: Data(text.utf8)).configuration.encoderVariant
  }

  /// As earlier versions wrote it.
  @Test func theEncodersOwnIsNotWritten() throws {
    let text = try text(EncoderVariant())
    #expect(!text.contains("encoderVariant"))
    #expect(try read(text) == EncoderVariant())
  }

  @Test func othersAreReadAgain() throws {
    let variants = [
      EncoderVariant(padsEnd: true), EncoderVariant(stridesFirst: true), EncoderVariant(splitsSixteenth: true),
      EncoderVariant(batchNorm: .init(momentum: 0.99, epsilon: 1.001e-5, isUnbiased: false)),
      EncoderVariant(blockEpsilon: 1e-6),
    ]
    for variant in variants { #expect(try read(try text(variant)) == variant) }
  }

  @Test(arguments: [
    ("1e-06", "0", "is no positive number"), ("1e-06", "-1", "is no positive number"),
    ("0.5", "2", "a batch normalization needs a momentum in 0...1 and a positive epsilon"),
  ])
  func impossibleNumbersAreRefused(value: String, other: String, message: String) throws {
    let norm = BatchNorm.Convention(momentum: 0.5, epsilon: 1e-3, isUnbiased: true)
    let text = try text(EncoderVariant(batchNorm: norm, blockEpsilon: 1e-6)).replacing(value, with: other)
    let error = #expect(throws: DecodingError.self) { try read(text) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(message), "\(text)")
  }

  /// A network without such an encoder has no details.
  @Test func otherNetworksHaveNone() {
    var configuration = FCNN.Configuration(classes: 2)
    configuration.encoderVariant = EncoderVariant(padsEnd: true)
    #expect(configuration.encoderVariant == EncoderVariant())
  }

  @Test func theSixteenthEndsAfterTheFirstBlockOfItsLastStage() {
    func dilations(_ variant: EncoderVariant) -> [Int] {
      var random = RandomStream(seed: 1)
      let encoder = EfficientNetB0.makeEncoder(EncoderPlan(outputStride: 16, variant: variant), random: &random)
      return encoder.stages.joined().map { $0.depthwise.convolution.dilation.height }
    }
    #expect(dilations(EncoderVariant()) == [Int](repeating: 1, count: 11) + [Int](repeating: 2, count: 5))
    #expect(
      dilations(EncoderVariant(splitsSixteenth: true))
        == [Int](repeating: 1, count: 9) + [Int](repeating: 2, count: 7))
  }
}
