import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import Testing

/// Every network of the library's catalog, without memory for its weights.
@Suite struct CatalogNetworksTests {
  private func model(_ name: String, classes: Int) throws -> any SegmentationModel {
    let network = try #require(NetworkCatalog.standard[name])
    func make(_ configuration: some NetworkConfiguration) -> any SegmentationModel {
      configuration.makeNetwork(random: RandomStream(seed: 0)).forPrediction
    }
    return ComputeContext.$current.withValue(ComputeContext.current.describing) { make(network.init(classes: classes)) }
  }

  /// The counts that the packages have with 21 classes.
  @Test(arguments: [
    ("unet-resnet34", 24_439_269), ("unet-resnet50", 32_524_005), ("unet-mobilenetv2", 6_631_845),
    ("unet-vgg16bn", 23_759_589), ("unetplusplus-resnet34", 26_081_509), ("fpn-resnet34", 23_157_973),
    ("deeplabv3plus-resnet50", 26_682_725), ("deeplabv3plus-mobilenetv2", 4_383_653), ("fcn-resnet50", 32_957_013),
    ("deeplabv3-resnet50", 39_638_869), ("deeplabv3-mobilenetv3", 11_025_477), ("lraspp-mobilenetv3", 3_221_538),
    ("segformer-b0", 3_719_541), ("segformer-b1", 13_682_645),
  ])
  func itHasAsManyParametersAsItsSource(name: String, count: Int) throws {
    #expect(try model(name, classes: 21).trainedParameterCount == count)
  }

  @Test func everyDecoderTakesEveryEncoder() throws {
    #expect(NetworkCatalog.standard.networks.count == 2 + 9 * 12)
    #expect(Set(NetworkCatalog.standard.names).count == 110)
    for name in NetworkCatalog.standard.names {
      let model = try model(name, classes: 3)
      let graph = model.graph(height: 64, width: 96, batch: 2)
      #expect(graph.nodes.last?.shape == [2, 64, 96, 3], "\(name)")
      let used = graph.nodes.reduce(0) { $0 + $1.parameterCount }
      #expect(used == model.trainedParameterCount, "\(name) has parameters that nothing uses")
    }
  }

  @Test func theirCardsAreReadAgain() throws {
    for name in NetworkCatalog.standard.names {
      let configuration = try model(name, classes: 3).configuration
      let card = try JSONEncoder().encode(NetworkDescription(configuration))
      let read = try JSONDecoder().decode(NetworkDescription.self, from: card).configuration
      #expect(read.name == name && read.classes == 3 && read.normalization == configuration.normalization)
    }
  }

  @Test func aCardWithAnotherOutputStrideIsRefused() throws {
    let card = try JSONEncoder().encode(NetworkDescription(try model("fcn-resnet18", classes: 3).configuration))
    let other = String(decoding: card, as: UTF8.self).replacing("\"outputStride\":8", with: "\"outputStride\":0")
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(NetworkDescription.self, from: Data(other.utf8))
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("0 is no output stride of this network, which has 8 or 16 or 32"))
  }

  @Test func eachTakesItsSmallestPicture() throws {
    for name in NetworkCatalog.standard.names {
      let model = try model(name, classes: 3)
      let side = model.sizeMultiple
      #expect(model.graph(height: side, width: side).nodes.last?.shape == [1, side, side, 3], "\(name)")
    }
  }

  /// Means over the picture, attention and aligned corners look at all of it.
  @Test(arguments: [
    ("unet-resnet18", true), ("unet-vgg16bn", true), ("unetplusplus-resnet18", true), ("fcn-resnet18", true),
    ("unet-efficientnet-b0", false), ("unet-mobilenetv3", false), ("unet-mit-b0", false), ("fpn-resnet18", false),
    ("pspnet-resnet18", false), ("deeplabv3-resnet18", false), ("deeplabv3plus-resnet18", false),
    ("lraspp-mobilenetv2", false), ("segformer-b0", false),
  ])
  func theReceptiveRadiusIsKnownWhereThereIsOne(name: String, hasOne: Bool) throws {
    #expect((try model(name, classes: 3).receptiveRadius != nil) == hasOne)
  }
}
