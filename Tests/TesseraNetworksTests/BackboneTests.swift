import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraTensors
import Testing

/// An encoder that goes from one network's checkpoint into another network.
@Suite struct BackboneTests {
  private typealias Source = EncoderDecoder<FPNDecoder, MobileNetV2>
  private typealias Target = EncoderDecoder<UNetDecoder, MobileNetV2>

  private func write<Network: SegmentationModel>(_ network: Network, to path: String) throws {
    let space = LabelSpace(names: (0..<network.configuration.classes).map { "class \($0)" }, void: nil)
    try SegmentationCheckpoint(model: network, labelSpace: space, imageSize: 32).save(to: path)
  }

  @Test func anEncoderIsTakenFromACheckpointOfAnyNetworkThatHasIt() throws {
    try withTemporaryFolder { folder in
      let (path, random) = ("\(folder)/a.safetensors", RandomStream(seed: 1))
      let source = Source(.init(classes: 3), random: random)
      try write(source, to: path)
      let target = Target(.init(classes: 5), random: RandomStream(seed: 2))
      let decoder = target.decoder.parameters.map(\.value)
      let loaded = try target.loadBackbone(from: path)
      #expect(target.encoder.parameters.map(\.value) == source.encoder.parameters.map(\.value))
      #expect(target.decoder.parameters.map(\.value) == decoder)
      let count = source.decoder.namedParameters.count
      #expect(loaded.description == "MobileNetV2 of fpn-mobilenetv2 from \(path), without decoder (\(count) arrays)")
      // Also of the same network, and from weights that are not described.
      let again = Target(.init(classes: 2), random: RandomStream(seed: 3))
      try target.save(to: path)
      #expect(try again.loadBackbone(from: path).network == nil)
      #expect(again.encoder.parameters.map(\.value) == source.encoder.parameters.map(\.value))
    }
  }

  @Test func whatDoesNotFitIsNamedAndChangesNothing() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      try write(EncoderDecoder<LRASPPDecoder, MobileNetV3>(.init(classes: 2), random: RandomStream(seed: 1)), to: path)
      let target = Target(.init(classes: 5), random: RandomStream(seed: 2))
      let before = target.parameters.map(\.value)
      let other = #expect(throws: BackboneError.self) { try target.loadBackbone(from: path) }
      #expect(
        other?.description
          == "\(path) is a checkpoint of lraspp-mobilenetv3, which has MobileNetV3-Large, and unet-mobilenetv2 needs MobileNetV2"
      )
      var configuration = Source.Configuration(classes: 2)
      configuration.normalization = .unit
      try write(configuration.makeNetwork(random: RandomStream(seed: 1)), to: path)
      let pixels = #expect(throws: BackboneError.self) { try target.loadBackbone(from: path) }
      #expect(
        pixels?.description
          == "\(path): fpn-mobilenetv2 expects another normalization than the model's; create the model with the checkpoint's"
      )
      #expect(target.parameters.map(\.value) == before)
      let plain = UNet(.init(classes: 2, width: 2), random: RandomStream(seed: 1))
      let none = #expect(throws: BackboneError.self) { try plain.loadBackbone(from: path) }
      #expect(none?.description == "unet has no part that may start from weights of another network")
    }
  }
}
