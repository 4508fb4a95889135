import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraPretrained

/// Networks of full size against the packages that they come from: names, shapes, logits, loss, the gradient of every
/// parameter and running statistics (scripts/golden/zoo.py).
@Suite(.serialized) struct ZooTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/Zoo")
  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".safetensors") }
    .map { String($0.dropLast(".safetensors".count)) }.sorted()

  @Test func allNetworksAreThere() { #expect(Self.names.count == 39) }

  @Test func aWholeNetworkOfOtherClassesGivesAllButTheClassifier() throws {
    let golden = try GoldenNetwork("lraspp-mobilenetv3")
    typealias Network = EncoderDecoder<LRASPPDecoder, MobileNetV3>
    let model = Network(.init(classes: 3), random: RandomStream(seed: 1))
    let fresh = model.decoder.classifier.filter.value
    let loaded = try PretrainedWeights(golden.weights, tables: Network.Configuration.weightTables).load(into: model)
    #expect(
      loaded.newClassifier
        == NewClassifier(
          classesInFile: 5,
          parameters: ["fineClassifier.filter", "fineClassifier.bias", "classifier.filter", "classifier.bias"].map {
            "decoder.\($0)"
          }))
    #expect(
      loaded.description
        == "torchvision LR-ASPP on MobileNetV3-Large weights from formula; it has 5 classes: new are "
        + "decoder.fineClassifier.filter, decoder.fineClassifier.bias, decoder.classifier.filter, decoder.classifier.bias"
    )
    #expect(model.decoder.classifier.filter.value == fresh)
    let whole = Network(.init(classes: 5), random: RandomStream(seed: 1))
    try PretrainedWeights(golden.weights, tables: Network.Configuration.weightTables).load(into: whole)
    #expect(model.decoder.convolution.convolution.filter.value == whole.decoder.convolution.convolution.filter.value)
    #expect(model.encoder.stem.norm.runningVariance.value == whole.encoder.stem.norm.runningVariance.value)
  }

  @Test func anAuxiliaryClassifierIsFilledWhereFileAndNetworkHaveOne() throws {
    typealias Network = EncoderDecoder<DeepLabV3Decoder, MobileNetV3>
    func load(_ golden: String, _ classes: Int, weight: Float) throws -> (model: Network, loaded: LoadedWeights) {
      let file = ConstantWeights(arrays: try GoldenNetwork(golden).weights.arrays)
      var configuration = Network.Configuration(classes: classes)
      configuration.auxiliaryWeight = weight
      let model = configuration.makeNetwork(random: RandomStream(seed: 1))
      // Recognized among the tables of encoders, too.
      let weights = try PretrainedWeights(file, tables: Network.Configuration.weightTables)
      #expect(weights.table.name == "torchvision DeepLabV3 on MobileNetV3-Large")
      return (model, try weights.load(into: model))
    }
    func filter(_ model: Network) -> Tensor? { model.auxiliary?.convolution.convolution.filter.value }
    func isFilled(_ filter: Tensor?) -> Bool { filter?.scalars.allSatisfy { $0 == ConstantWeights.value } == true }
    let fresh = filter(Network(.init(classes: 5), random: RandomStream(seed: 1)))
    // An encoder's file says nothing of it, as of the decoder.
    let encoder = try GoldenNetwork("deeplabv3-mobilenetv3").weights.arrays.filter { $0.name.hasPrefix("backbone.") }
    let part = ConstantWeights(arrays: encoder.map { ("features." + $0.name.dropFirst(9), $0.shape) })
    let loaded = try PretrainedWeights(part, tables: Network.Configuration.weightTables)
      .load(into: Network(.init(classes: 5), random: RandomStream(seed: 1)))
    #expect(loaded.description == "torchvision MobileNetV3-Large weights from constant")
    // The file alone: it is left out with a word.
    let without = try load("deeplabv3-mobilenetv3-auxiliary", 5, weight: 0)
    #expect(without.loaded.leftOut.count == 7 && without.loaded.leftOut.allSatisfy { $0.hasPrefix("aux_classifier.") })
    #expect(
      without.loaded.description == "torchvision DeepLabV3 on MobileNetV3-Large weights from constant, without "
        + "aux_classifier (7 arrays)")
    // The network alone: it stays new, with other classes too.
    for classes in [5, 3] {
      let new = try load("deeplabv3-mobilenetv3", classes, weight: 0.5)
      #expect(new.loaded.leftOut.isEmpty && new.loaded.newAuxiliary.count == 7)
      #expect(new.loaded.description.contains("; it has nothing for auxiliary.convolution.convolution.filter, "))
      #expect(filter(new.model) == fresh && isFilled(new.model.encoder.stem.convolution.filter.value))
    }
    // Both: it is filled; with other classes all of it but its classifier.
    for classes in [5, 3] {
      let filled = try load("deeplabv3-mobilenetv3-auxiliary", classes, weight: 0.5)
      #expect(filled.loaded.leftOut.isEmpty && filled.loaded.newAuxiliary.isEmpty && isFilled(filter(filled.model)))
      let new = ["decoder", "auxiliary"].flatMap { ["\($0).classifier.filter", "\($0).classifier.bias"] }
      #expect(filled.loaded.newClassifier?.parameters == (classes == 5 ? nil : new))
    }
  }

  @Test(arguments: names)
  func itComputesWhatItsSourceComputes(name: String) throws {
    let golden = try GoldenNetwork(name)
    // The program follows the network's name where several have it.
    let network = String(name.prefix { $0 != "." }).replacing("-auxiliary", with: "")
    let catalog = NetworkCatalog(NetworkCatalog.standard.networks + NetworkCatalog.networks(of: ScoresDecoder.self))
    let type = try #require(catalog[network])
    try golden.check(type, isWhole: !network.hasPrefix(ScoresDecoder.name))
  }
}

/// A file whose arrays cost nothing to make.
private struct ConstantWeights: WeightsFile {
  static let value: Float = 0.25
  let path = "constant"
  let arrays: [(name: String, shape: Shape)]

  func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) throws {
    let count = arrays.first { $0.name == name }?.shape.elementCount ?? 0
    [Float](repeating: Self.value, count: count).withUnsafeBufferPointer { body(0, $0) }
  }
}

/// A file of scripts/golden/zoo.py.
struct GoldenNetwork {
  let file: SafeTensors
  let weights: FormulaWeights

  init(_ name: String) throws {
    file = try SafeTensors(contentsOf: ZooTests.folder.appending(path: "\(name).safetensors").path)
    let names = try Self.list("names", of: file, as: String.self)
    let shapes = try Self.list("shapes", of: file, as: [Int].self)
    weights = FormulaWeights(arrays: zip(names, shapes).map { ($0, Shape($1)) })
  }

  private static func list<Element: Decodable>(_ key: String, of file: SafeTensors, as: Element.Type) throws
    -> [Element]
  {
    try JSONDecoder().decode([Element].self, from: Data(try #require(file.metadata[key]).utf8))
  }

  func check<Configuration: NetworkConfiguration>(_ type: Configuration.Type, isWhole: Bool) throws {
    var configuration = Configuration(classes: 5)
    for option in Configuration.options where ["dropout", "stochastic-depth"].contains(option.name) {
      try option.set("0", in: &configuration)
    }
    // A file without an auxiliary classifier is that of a network that is trained without one.
    let hasAuxiliary = weights.arrays.contains { $0.name.hasPrefix("aux_classifier.") }
    for option in Configuration.options where option.name == "auxiliary-weight" && !hasAuxiliary {
      try option.set("0", in: &configuration)
    }
    let pretrained = try PretrainedWeights(weights, tables: Configuration.weightTables)
    #expect(pretrained.table.part.isEmpty == isWhole)
    configuration = try reopened(pretrained.adapting(configuration))
    let model = configuration.makeNetwork(random: RandomStream(seed: 1))
    #expect(try pretrained.load(into: model).newAuxiliary.isEmpty)
    #expect(model.trainingParameters.isEmpty != hasAuxiliary)
    // Numbers by which gradients and statistics are multiplied, in our layout.
    var numbers = weights
    numbers.prefix = "probe:"
    let probe = configuration.makeNetwork(random: RandomStream(seed: 1))
    try LoadedProbe(numbers, table: pretrained.table).load(into: probe)

    let logits = sampled(model(Variable(images.sliced(0..<1, along: 0))).value)
    let expected = try file.tensor("logits")
    expectClose(logits, expected, tolerance: 1e-4, "logits")
    // What differs between pixels, too.
    expectClose(
      logits - logits.mean(along: [1, 2], keepingAxes: true),
      expected - expected.mean(along: [1, 2], keepingAxes: true),
      tolerance: 1e-3, "logits without their means")

    let tape = Tape()
    let losses = model.trainingLogits(of: tape.input(images)).map { crossEntropy($0.logits, labels).mean * $0.weight }
    let loss = losses.dropFirst().reduce(losses[0], +)
    expectClose(loss.value.reshaped(to: [1]), try file.tensor("loss"), tolerance: 1e-5, "loss")
    let gradients = tape.gradients(of: loss)
    let probes = Dictionary(probe.namedParameters.map { ($0.name, $0.parameter.value) }) { first, _ in first }
    let paths = LoadedProbe.paths(of: pretrained.table)
    // As far as single precision determines them.
    let spread = try JSONDecoder().decode(Double.self, from: Data(try #require(file.metadata["spread"]).utf8))
    #expect(spread < 5e-3)
    let parameters = Dictionary(model.namedParameters.map { ($0.name, $0.parameter) }) { first, _ in first }
    try compare("gradients", tolerance: max(1e-3, 2 * spread)) { name in
      (paths[name] ?? []).compactMap { path in
        parameters[path].map { (gradients[$0] ?? .zeros($0.shape), probes[path] ?? .zeros([0])) }
      }
    }
    let biases = pretrained.table.layers.filter(\.hasBias)
    try compare("statistics", tolerance: 1e-4) { name in
      (paths[name] ?? []).compactMap { path in
        guard let parameter = parameters[path] else { return nil }
        // A bias before the normalization, which is part of our mean.
        let norm = pretrained.table.layers.first { "\($0.path ?? "").runningMean" == path }
        let convolution = biases.first { $0.path != nil && $0.path == norm?.convolution }
        let bias = convolution.map { weights.tensor("\($0.name)/bias") } ?? .zeros(parameter.shape)
        return (parameter.value + bias, probes[path] ?? .zeros([0]))
      }
    }
  }

  /// A configuration as it comes out of a checkpoint.
  private func reopened<Configuration: NetworkConfiguration>(_ configuration: Configuration) throws -> Configuration {
    let text = try JSONEncoder().encode(NetworkDescription(configuration))
    let catalog = NetworkCatalog.standard.adding(Configuration.self)
    let description = try NetworkCatalog.$current.withValue(catalog) {
      try JSONDecoder().decode(NetworkDescription.self, from: text)
    }
    return try #require(description.configuration as? Configuration)
  }

  /// Compares inner product and norm of each array with the file's; `find` gives its parts here and their numbers.
  private func compare(_ key: String, tolerance: Double, _ find: (String) -> [(Tensor, Tensor)]) throws {
    let names = try Self.list(key, of: file, as: String.self)
    let expected = try file.tensor(key).scalars.map(Double.init)
    let largest = stride(from: 1, to: expected.count, by: 2).map { expected[$0] }.max() ?? 0
    for (index, name) in names.enumerated() {
      let parts = find(name)
      if parts.isEmpty { continue }
      let product = parts.reduce(0) { sum, part in
        zip(part.0.scalars, part.1.scalars).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
      let norm = parts.reduce(0) { sum, part in part.0.scalars.reduce(sum) { $0 + Double($1) * Double($1) } }
        .squareRoot()
      let (wantedProduct, wantedNorm) = (expected[2 * index], expected[2 * index + 1])
      // The batch normalization behind the pooled branch of an atrous pyramid sees two values here, and divides by
      // their difference.
      let allowed = (name.contains("convs.4.1") ? 2 : 1) * tolerance * max(wantedNorm, 1e-2 * largest)
      #expect(
        abs(norm - wantedNorm) < allowed && abs(product - wantedProduct) < allowed,
        "\(key) \(name): norm \(norm) \(wantedNorm), product \(product) \(wantedProduct)")
    }
  }

  /// Each pixel as often as a block is wide and high.
  var images: Tensor {
    let noise = FormulaWeights.numbers(file.metadata["pictures"] ?? "images", count: 2 * 64 * 96 * 3)
    let blocks = FormulaWeights.numbers("blocks", count: 2 * 4 * 6 * 3)
    return Tensor(noise.enumerated().map { $1 + blocks[Self.block(of: $0 / 3) * 3 + $0 % 3] }, shape: [2, 64, 96, 3])
  }

  private var labels: MaskBatch {
    let space = LabelSpace(names: (0..<5).map { "class \($0)" }, void: nil)
    let blocks = FormulaWeights.numbers("labels", count: 2 * 4 * 6).map { UInt16((Double($0) + 1) / 2 * 5) }
    return MaskBatch(
      (0..<2).map { picture in
        let indices = (0..<64 * 96).map { blocks[Self.block(of: picture * 64 * 96 + $0)] }
        return Mask(width: 96, height: 64, indices: indices, labelSpace: space)
      })
  }

  /// The number of the block that a pixel of two pictures lies in.
  private static func block(of pixel: Int) -> Int {
    let (picture, row, column) = (pixel / (64 * 96), pixel / 96 % 64, pixel % 96)
    return (picture * 4 + row / 16) * 6 + column / 16
  }

  private func sampled(_ logits: Tensor) -> Tensor {
    var values: [Float] = []
    for row in stride(from: 0, to: 64, by: 4) {
      for column in stride(from: 0, to: 96, by: 4) {
        for output in 0..<5 { values.append(logits[0, row, column, output]) }
      }
    }
    return Tensor(values, shape: [1, 16, 24, 5])
  }
}

/// Reads arrays into a network without looking at what they mean.
private struct LoadedProbe {
  let file: FormulaWeights
  let table: WeightTable

  init(_ file: FormulaWeights, table: WeightTable) {
    self.file = file
    // Without biases that become part of means.
    let layers = table.layers.map { layer in
      var layer = layer
      layer.convolution = nil
      return layer
    }
    self.table = WeightTable(
      table.name, convention: table.convention, normalization: table.normalization, part: table.part, layers: layers,
      leavingOut: table.leftOut)
  }

  /// The property paths of each array, several where it is several layers'.
  static func paths(of table: WeightTable) -> [String: [String]] {
    let pairs = table.layers.flatMap { layer in
      zip(table.names(of: layer), layer.properties).map { name, property in
        let own = layer.kind == .dense && property == .filter ? "weight" : property.rawValue
        return (name, "\(layer.path ?? "").\(own)")
      }
    }
    return Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
  }

  func load(into model: some SegmentationModel) throws {
    var faults: [String] = []
    let plan = WeightPlan(table, of: file, into: model)
    for transfer in plan.fitting {
      for (parameter, value) in zip(transfer.parameters, try transfer.values(from: file, noting: &faults)) {
        parameter.value = value
      }
    }
  }
}
