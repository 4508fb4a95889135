import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import Testing

/// Scores of a decoder's earlier results, which only training has.
@Suite struct DeepSupervisionTests {
  private static let labels = LabelSpace(names: ["a", "b", "c"], void: nil)

  private func network(_ name: String, decay: String = "0.5", classes: Int = 3) throws -> any SegmentationModel {
    func make<Configuration: NetworkConfiguration>(_ type: Configuration.Type) throws -> any SegmentationModel {
      var configuration = Configuration(classes: classes)
      let option = try #require(Configuration.options.first { $0.name == "deep-supervision" }, "\(name)")
      try option.set(decay, in: &configuration)
      if let width = Configuration.options.first(where: { $0.name == "width" }) {
        try width.set("4", in: &configuration)
      }
      return configuration.makeNetwork(random: RandomStream(seed: 1))
    }
    let network = try #require(NetworkCatalog.standard[name])
    return try make(network)
  }

  private func values(_ model: any SegmentationModel) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value) })
  }

  /// Inputs of the scores, in the order in which results are found: of U-Nets those at 1/8 (but of the plain one), 1/4
  /// and 1/2, of U-Net++ those of its largest row with several.
  static let cases: [(network: String, channels: [Int])] = [
    ("unet", [16, 8]), ("unet-resnet18", [128, 64, 32]), ("unet-mit-b0", [128, 64, 32]),
    ("unetplusplus-resnet18", [64, 64, 64]), ("unetplusplus-mobilenetv2", [16, 16, 16]),
    ("unetplusplus-mit-b0", [32, 32]),
  ]

  @Test(arguments: cases) func earlierResultsAreScoredInTraining(name: String, channels: [Int]) throws {
    let (model, plain) = (try network(name), try network(name, decay: "0"))
    let heads = model.trainingParameters
    #expect(
      heads.map(\.name)
        == channels.indices.flatMap {
          ["supervision.heads.\($0).filter", "supervision.heads.\($0).bias"]
        })
    #expect(heads.filter { $0.parameter.shape.rank == 4 }.map { $0.parameter.shape[2] } == channels)
    #expect(plain.trainingParameters.isEmpty)
    // All else is drawn as without, and computed alike.
    #expect(values(model.forPrediction) == values(plain))
    #expect(zip(model.forPrediction.parameters, model.parameters).allSatisfy { $0 === $1 })
    let images = Tensor.random([2, 64, 32, 3], seed: 1, in: 0..<255)
    #expect(model.logits(of: images).value == plain.logits(of: images).value)
    func outputs(_ model: any SegmentationModel, on tape: Tape) -> [WeightedLogits] {
      model.trainingLogits(of: images, on: tape)
    }
    let all = outputs(model, on: Tape(mode: .inference))
    #expect(all[0].logits.value == outputs(plain, on: Tape(mode: .inference))[0].logits.value)
    #expect(all.map(\.weight) == [1, 0.5, 0.25, 0.125].prefix(channels.count + 1).map { $0 })
    for output in all { #expect(output.logits.shape == [2, 64, 32, 3]) }
    // Each is a function of its own head, the last one's first, and all reach the encoder.
    for place in all.indices {
      let tape = Tape(mode: .inference)
      let gradients = tape.gradients(of: outputs(model, on: tape)[place].logits.sum())
      let reached = heads.indices.filter { gradients[heads[$0].parameter] != nil }
      #expect(reached == (place == 0 ? [] : [2 * (channels.count - place), 2 * (channels.count - place) + 1]))
      #expect(gradients[model.parameters[0]] != nil)
    }
  }

  /// The head's scores of a level, enlarged.
  @Test func scoresAreThoseOfTheLevelsEnlarged() throws {
    let model = try #require(network("unet", decay: "0.25") as? UNet)
    let images = Variable(Tensor.random([1, 32, 48, 3], seed: 1))
    var (features, skips) = (images, [Variable]())
    for block in model.encoder {
      features = block(features)
      skips.append(features)
      features = maxPool(features, window: 2)
    }
    features = model.bottleneck(features)
    var scores: [Tensor] = []
    for (level, block) in model.decoder.enumerated() {
      features = block(features, joining: skips.removeLast())
      if [1, 2].contains(level) {
        let size = Extent(height: 32, width: 48)
        scores.append(resize(model.supervision.heads[level - 1](features), to: size, .bilinear).value)
      }
    }
    let outputs = model.trainingLogits(of: images)
    #expect(outputs.map(\.weight) == [1, 0.25, 0.0625])
    #expect(outputs.map(\.logits.value) == [model.classifier(features).value] + scores.reversed())
  }

  @Test func onlyNetworksWithSuchDecodersListTheOption() throws {
    for network in NetworkCatalog.standard.networks {
      func options(_: (some NetworkConfiguration).Type) -> [String: NetworkOptionValue] {
        (network.init(classes: 2) as any NetworkConfiguration).optionValues
      }
      let hasOne = network.name.hasPrefix("unet")
      #expect((options(network)["deep-supervision"] == .number(0)) == hasOne, "\(network.name)")
    }
    for text in ["-0.1", "1.5", "nan", "x"] {
      let error = #expect(throws: NetworkOptionError.self) { try network("unet", decay: text) }
      #expect(error?.description == "--deep-supervision must lie in 0...1; got \(text)")
    }
  }

  /// As in files of earlier versions, whoever has none does not say so.
  @Test(arguments: ["unet", "unetplusplus-resnet18"]) func descriptionsSayItOnlyWhereThereIsSome(name: String) throws {
    func card(_ decay: String) throws -> String {
      let configuration = try network(name, decay: decay).configuration
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(NetworkDescription(configuration)), as: UTF8.self)
    }
    #expect(try !card("0").contains("upervision"))
    let text = try card("0.5")
    #expect(text.contains("\"deepSupervision\":0.5"))
    func read(_ text: String) throws -> any NetworkConfiguration {
      try JSONDecoder().decode(NetworkDescription.self, from: Data(text.utf8)).configuration
    }
    #expect(try read(text).optionValues["deep-supervision"] == .number(0.5))
    #expect(try read(card("0")).optionValues["deep-supervision"] == .number(0))
    #expect(throws: DecodingError.self) { try read(text.replacing("on\":0.5", with: "on\":3")) }
  }

  @Test func checkpointsDoNotHoldIt() throws {
    try withTemporaryFolder { folder in
      let (path, model) = (folder + "/net.safetensors", try network("unet"))
      try SegmentationCheckpoint(model: model, labelSpace: Self.labels, imageSize: 64).save(to: path)
      let file = try SafeTensors(contentsOf: path)
      #expect(file.names.allSatisfy { !$0.contains("supervision") })
      #expect(try #require(file.metadata["tessera"]).contains("upervision") == false)
      let restored = try SegmentationCheckpoint(contentsOf: path).model
      #expect(values(restored) == values(model.forPrediction))
      let target = try network("unet", classes: 3)
      #expect(try target.loadInitialWeights(from: path) == nil)
    }
  }
}
