import Foundation
import TesseraCheckpoints
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import Testing

/// Auxiliary scores of an encoder's earlier features, which only training has.
@Suite struct AuxiliaryHeadTests {
  private typealias Network = EncoderDecoder<FCNDecoder, MixTransformerB0>
  private static let labels = LabelSpace(names: ["a", "b", "c"], void: nil)

  private func network(weight: Float = 0.5, classes: Int = 3, seed: UInt64 = 1) -> Network {
    var configuration = Network.Configuration(classes: classes)
    configuration.auxiliaryWeight = weight
    return Network(configuration, random: RandomStream(seed: seed))
  }

  private func values(_ model: any SegmentationModel) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value) })
  }

  /// The numbers that torchvision has with 21 classes and `aux_loss`.
  @Test(arguments: [
    ("fcn-resnet50", 35_322_218), ("fcn-resnet101", 54_314_346), ("deeplabv3-resnet50", 42_004_074),
    ("deeplabv3-resnet101", 60_996_202), ("deeplabv3-mobilenetv3", 11_029_328),
  ])
  func withIsAsManyParametersAsItsSource(name: String, count: Int) throws {
    func make(_ configuration: some NetworkConfiguration) -> any SegmentationModel {
      configuration.makeNetwork(random: RandomStream(seed: 0))
    }
    let network = try #require(NetworkCatalog.standard[name])
    let model = ComputeContext.$current.withValue(ComputeContext.current.describing) {
      make(network.init(classes: 21))
    }
    #expect(model.trainedParameterCount == count)
    #expect(model.forPrediction.namedParameters.allSatisfy { !$0.name.hasPrefix("auxiliary") })
    #expect(model.trainingParameters.allSatisfy { $0.name.hasPrefix("auxiliary.") })
    #expect(model.trainingParameters.count == 7)
  }

  @Test func allElseIsTheSameWithAndWithoutIt() throws {
    let (with, without) = (network(), network(weight: 0))
    #expect(with.auxiliary != nil && without.auxiliary == nil)
    let prediction = try #require(with.forPrediction as? Network)
    #expect(prediction.configuration == without.configuration)
    #expect(values(prediction) == values(without))
    #expect(zip(prediction.parameters, with.parameters).allSatisfy { $0 === $1 })
    let images = Tensor(repeating: 0.5, shape: [1, 32, 64, 3])
    #expect(with.logits(of: images).value == without.logits(of: images).value)
    let graph = with.graph(height: 64, width: 64)
    #expect(graph.nodes.reduce(0) { $0 + $1.parameterCount } == without.trainedParameterCount)
  }

  @Test func onlyNetworksWhoseSourceHasItListTheOption() throws {
    for network in NetworkCatalog.standard.networks {
      func options(_: (some NetworkConfiguration).Type) -> [String] {
        (network.init(classes: 2) as any NetworkConfiguration).optionValues.keys.sorted()
      }
      let hasOne = network.name.hasPrefix("fcn-") || network.name.hasPrefix("deeplabv3-")
      #expect(options(network).contains("auxiliary-weight") == hasOne, "\(network.name)")
    }
    let option = try #require(Network.Configuration.options.first { $0.name == "auxiliary-weight" })
    var configuration = Network.Configuration(classes: 3)
    #expect(option.value(configuration) == .number(0.5))
    try option.set("0.4", in: &configuration)
    #expect(configuration.auxiliaryWeight == 0.4)
    for text in ["-0.1", "1.5", "nan", "x"] {
      let error = #expect(throws: NetworkOptionError.self) { try option.set(text, in: &configuration) }
      #expect(error?.description == "--auxiliary-weight must lie in 0...1; got \(text)")
    }
  }

  /// Cards of earlier versions have no weight.
  @Test func aCardWithoutAWeightIsThatOfANetworkWithoutTheHead() throws {
    let configuration = Network.Configuration(classes: 3)
    let card = String(decoding: try JSONEncoder().encode(NetworkDescription(configuration)), as: UTF8.self)
    func read(_ text: String) throws -> Network.Configuration {
      let description = try JSONDecoder().decode(NetworkDescription.self, from: Data(text.utf8))
      return try #require(description.configuration as? Network.Configuration)
    }
    #expect(try read(card) == configuration)
    let earlier = card.replacing(/"auxiliaryWeight":0\.5,?/, with: "").replacing(",}", with: "}")
    try #require(!earlier.contains("auxiliary"))
    #expect(try read(earlier).auxiliaryWeight == 0)
    #expect(try read(earlier).makeNetwork(random: RandomStream(seed: 1)).auxiliary == nil)
    let error = #expect(throws: DecodingError.self) {
      try read(card.replacing("\"auxiliaryWeight\":0.5", with: "\"auxiliaryWeight\":7"))
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("\"auxiliaryWeight\" is 7.0, which lies outside 0.0...1.0"))
  }

  @Test func checkpointsDoNotHoldIt() throws {
    try withTemporaryFolder { folder in
      let (path, model) = (folder + "/net.safetensors", network())
      let checkpoint = SegmentationCheckpoint(model: model, labelSpace: Self.labels, imageSize: 64)
      #expect(checkpoint.model.parameterCount == network(weight: 0).parameterCount)
      try checkpoint.save(to: path)
      #expect(try SafeTensors(contentsOf: path).names.allSatisfy { !$0.contains("auxiliary") })
      let restored = try SegmentationCheckpoint(contentsOf: path).model
      #expect((restored as? Network)?.configuration.auxiliaryWeight == 0)
      #expect(values(restored) == values(model.forPrediction))
      // It is new where a network starts from them, whatever their classes.
      let target = network(seed: 2)
      let fresh = values(target)
      #expect(try target.loadInitialWeights(from: path) == nil)
      #expect(values(target.forPrediction) == values(restored))
      for (name, value) in values(target) where name.hasPrefix("auxiliary") { #expect(value == fresh[name]) }
      let other = network(classes: 5, seed: 2)
      let new = try other.loadInitialWeights(from: path)
      #expect(
        new == NewClassifier(classesInFile: 3, parameters: ["decoder.classifier.filter", "decoder.classifier.bias"]))
    }
  }
}
