import Foundation
import TesseraCheckpoints
import TesseraNetworks
import TesseraTensors
import Testing

@testable import TesseraPretrained

/// Files of another encoder, or of a whole network whose encoder is wanted.
@Suite struct OtherEncoderTests {
  /// A whole network's file with the names and shapes of its program.
  private func whole(_ name: String) throws -> FormulaWeights {
    let file = try SafeTensors(contentsOf: golden("Zoo/\(name).safetensors"))
    func list<Element: Decodable>(_ key: String) throws -> [Element] {
      try JSONDecoder().decode([Element].self, from: Data(try #require(file.metadata[key]).utf8))
    }
    let (names, shapes): ([String], [[Int]]) = (try list("names"), try list("shapes"))
    return FormulaWeights(arrays: zip(names, shapes).map { ($0, Shape($1)) })
  }

  /// The arrays whose names begin with `prefix`, without it.
  private func part(_ prefix: String, of name: String) throws -> FormulaWeights {
    FormulaWeights(
      arrays: try whole(name).arrays.filter { $0.name.hasPrefix(prefix) }.map {
        (String($0.name.dropFirst(prefix.count)), $0.shape)
      })
  }

  @discardableResult
  private func load<Configuration: NetworkConfiguration>(
    _ file: FormulaWeights, into configuration: Configuration, parts: Bool? = nil
  ) throws -> (loaded: LoadedWeights, model: Configuration.Network) {
    let tables = Configuration.weightTables.filter { parts == nil || $0.part.isEmpty != parts }
    let model = configuration.makeNetwork(random: RandomStream(seed: 1))
    return (try PretrainedWeights(file, tables: tables, for: Configuration.self).load(into: model), model)
  }

  private func message(_ file: FormulaWeights, for network: String, parts: Bool? = nil) throws -> String? {
    let type = try #require(NetworkCatalog.standard[network])
    return #expect(throws: PretrainedWeightsError.self) {
      try load(file, into: type.init(classes: 2), parts: parts)
    }?.description
  }

  @Test(arguments: [
    ("encoder.", "unet-resnet34", "unet-resnet50", "ResNet-34", "ResNet-50"),
    ("encoder.", "unet-resnet50", "unet-resnet34", "ResNet-50", "ResNet-34"),
    ("encoder.", "unet-resnet18", "fpn-resnet34", "ResNet-18", "ResNet-34"),
    ("encoder.", "unet-vgg16", "unet-vgg16bn", "VGG-16", "VGG-16-BN"),
    ("encoder.", "unet-vgg16bn", "pspnet-vgg16", "VGG-16-BN", "VGG-16"),
    ("encoder.", "unet-mobilenetv2", "unet-resnet34", "MobileNetV2", "ResNet-34"),
    ("", "unet-resnet34", "unet-resnet50", "ResNet-34", "ResNet-50"),
    ("", "segformer-b0", "segformer-b1", "MiT-B0", "MiT-B1"),
    ("segformer.", "segformer-b1", "fpn-mit-b0", "MiT-B1", "MiT-B0"),
    ("encoder.", "unet-resnet34", "fcnn", "ResNet-34", "VGG-16"),
  ])
  func anotherEncoderIsNamed(
    prefix: String, source: String, network: String, holds: String, needs: String
  ) throws {
    #expect(
      try message(part(prefix, of: source), for: network)
        == "formula holds \(holds) weights, and \(network) needs \(needs)")
  }

  @Test func anEncoderAloneIsNoWholeNetwork() throws {
    #expect(
      try message(part("encoder.", of: "unet-mobilenetv2"), for: "fpn-mobilenetv2", parts: false)
        == "formula holds only an encoder, MobileNetV2: use it as --encoder-weights")
    let other = try message(whole("unet-mobilenetv2"), for: "deeplabv3plus-mobilenetv2", parts: false)
    #expect(
      other?.hasSuffix(
        "; nothing was loaded. Its encoder fits: use it as --encoder-weights, which leaves out the rest of the file.")
        == true, "\(other ?? "")")
  }

  /// Of an unknown network a line says how much is wrong and what, and the items are everything.
  @Test func theReportIsALineAndCompleteItems() throws {
    var file = try part("encoder.", of: "unet-mobilenetv2")
    file = FormulaWeights(
      arrays: file.arrays.filter { !$0.name.hasPrefix("features.3.") } + (0..<9).map { ("extra.\($0).weight", [3]) })
    let type = EncoderDecoder<UNetDecoder, MobileNetV2>.Configuration.self
    let error = #expect(throws: PretrainedWeightsError.self) { try load(file, into: type.init(classes: 2)) }
    let line = """
      formula: does not fit as torchvision MobileNetV2 weights: missing (15): features.3.conv.0.0.weight, \
      features.3.conv.0.1.weight, features.3.conv.0.1.bias, features.3.conv.0.1.running_mean, and 11 others; \
      unused (9): extra.0.weight, extra.1.weight, extra.2.weight, extra.3.weight, and 5 others; nothing was loaded. \
      Save the weights of the whole network again.
      """
    #expect(error?.description == line)
    #expect(error?.items.count == 24)
    #expect(error?.items.first == "missing: features.3.conv.0.0.weight")
    #expect(error?.items.last == "unused: extra.8.weight")
  }

  @Test(arguments: [
    (
      "unet-mobilenetv2", "", "deeplabv3plus-mobilenetv2",
      "segmentation-models-pytorch MobileNetV2 weights from formula, without decoder (50 arrays), segmentation_head (2 arrays)"
    ),
    (
      "lraspp-mobilenetv3", "", "unet-mobilenetv3",
      "torchvision MobileNetV3-Large weights from formula, without classifier (10 arrays)"
    ),
    (
      "segformer-b0", "", "fpn-mit-b0", "transformers MiT-B0 weights from formula, without decode_head (15 arrays)"
    ),
    ("segformer-b0", "segformer.", "segformer-b0", "transformers MiT-B0 weights from formula"),
  ])
  func theEncoderOfAWholeNetworkIsTaken(source: String, prefix: String, network: String, line: String) throws {
    let type = try #require(NetworkCatalog.standard[network])
    try expect(line, of: part(prefix, of: source), into: type.init(classes: 2))
  }

  private func expect(
    _ line: String, of file: FormulaWeights, into configuration: some NetworkConfiguration
  ) throws {
    let (loaded, model) = try load(file, into: configuration, parts: true)
    #expect(loaded.description == line)
    // What the file has, in all of the encoder; the decoder is new.
    let fresh = configuration.makeNetwork(random: RandomStream(seed: 1))
    for (own, new) in zip(model.namedParameters, fresh.namedParameters) where own.name.hasSuffix(".filter") {
      let isSame = own.parameter.value == new.parameter.value
      #expect(isSame == !own.name.hasPrefix("encoder."), "\(own.name)")
    }
  }
}
