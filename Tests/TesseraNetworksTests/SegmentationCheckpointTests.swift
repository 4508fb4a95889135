import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import Testing

@Suite struct SegmentationCheckpointTests {
  static let labels = LabelSpace(
    classes: [.init(name: "other \"0\"", color: .black), .init(name: "Straße", color: Color(1, 2, 3))], void: 0)

  static let models: [any NetworkConfiguration] = [
    UNet.Configuration(classes: 2, width: 2, dropout: 0.25),
    FCNN.Configuration(classes: 2, width: 1, head: .original, normalization: .torchvision),
    FCNN.Configuration(classes: 2, width: 1, head: .convolutionalized(width: 5), dropout: 0.5),
  ]

  private static var model: UNet { UNet(.init(classes: 2, width: 2, dropout: 0.25), random: RandomStream(seed: 0)) }

  /// A network that the library does not know.
  private struct Own: SegmentationModel {
    struct Configuration: NetworkConfiguration {
      static let name = "own"
      static let options = [NetworkOption<Configuration>.count("width", \.width, in: 1...9, help: "")]
      var classes: Int
      var width = 3
      var normalization = ImageNormalization.unit
      var sizeMultiple: Int { 1 }
      init(classes: Int) { self.classes = classes }
      func makeNetwork(random: RandomStream) -> Own { Own(self, random: random) }
    }

    let configuration: Configuration
    let layer: Conv2D

    init(_ configuration: Configuration, random: RandomStream) {
      var random = random
      self.configuration = configuration
      layer = Conv2D(from: 3, to: 2, kernel: 3, random: &random)
    }

    func callAsFunction(_ images: Variable) -> Variable { layer(images) }
  }

  @Test func aNetworkWithoutAnOutputForVoidSaysSo() throws {
    try withTemporaryFolder { folder in
      let (path, wrong) = (folder + "/net.safetensors", folder + "/wrong.safetensors")
      let labels = LabelSpace(names: ["void", "a", "b"], void: 0).withoutVoidOutput
      try SegmentationCheckpoint(model: Self.model, labelSpace: labels, imageSize: 16).save(to: path)
      #expect(try SegmentationCheckpoint(contentsOf: path).labelSpace == labels)
      let card = try #require(try SafeTensors(contentsOf: path).metadata["tessera"])
      // Earlier versions say that it is of a later one; what they can read keeps their format.
      #expect(card.contains("\"format\":3") && card.contains("\"hasVoidOutput\":false"))
      try SegmentationCheckpoint(model: Self.model, labelSpace: Self.labels, imageSize: 16).save(to: wrong)
      let other = try #require(try SafeTensors(contentsOf: wrong).metadata["tessera"])
      #expect(other.contains("\"format\":2") && !other.contains("hasVoidOutput"))
      try SegmentationCheckpoint(model: Self.model, labelSpace: Self.labels.withoutVoidOutput, imageSize: 16)
        .save(to: wrong)
      let error = #expect(throws: SegmentationCheckpointError.self) {
        _ = try SegmentationCheckpoint(contentsOf: wrong)
      }
      #expect(error?.reason == "its network has 2 outputs, but it names 1 classes besides void")
    }
  }

  @Test func aNetworkOfOnesOwnIsKnownByItsProgramsCatalog() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/own.safetensors"
      var configuration = Own.Configuration(classes: 2)
      configuration.width = 7
      let model = configuration.makeNetwork(random: RandomStream(seed: 1))
      try SegmentationCheckpoint(model: model, labelSpace: Self.labels, imageSize: 8).save(to: path)
      let catalog = NetworkCatalog.standard.adding(Own.Configuration.self)
      let restored = try SegmentationCheckpoint(contentsOf: path, catalog: catalog)
      #expect(restored.model.configuration as? Own.Configuration == configuration)
      let images = Variable(Tensor(repeating: 0.5, shape: [1, 8, 8, 3]))
      #expect(restored.model(images).value == model(images).value && restored.imageSize == 8)
      #expect(
        try NetworkCatalog.$current.withValue(catalog) { try SegmentationCheckpoint(contentsOf: path) }.imageSize == 8)
      expectError(
        "\(path): its network, own, is not one of this program's (unet, fcnn, unet-vgg16 and 107 others); a "
          + "program that has it adds it to its NetworkCatalog"
      ) { try SegmentationCheckpoint(contentsOf: path) }
    }
  }

  @Test func aCheckpointOfALaterVersionIsNamedSo() throws {
    try withTemporaryFolder { folder in
      let file = try SafeTensors(contentsOf: try written(in: folder))
      let card = try #require(file.metadata["tessera"]).replacingOccurrences(of: "\"format\":2", with: "\"format\":5")
      let path = folder + "/later.safetensors"
      try SafeTensors.write(file.names.map { ($0, try file.tensor($0)) }, metadata: ["tessera": card], to: path)
      expectError(
        "\(path): its description has format 5, and this version reads formats up to 4: open it with the version that "
          + "wrote it, or a later one"
      ) { try SegmentationCheckpoint(contentsOf: path) }
    }
  }

  /// The descriptions that version 0.1.0 wrote.
  @Test func earlierDescriptionsAreRead() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/net.safetensors"
      func read(_ network: String, of model: any SegmentationModel) throws -> SegmentationCheckpoint {
        try SegmentationCheckpoint(model: model, labelSpace: Self.labels, imageSize: 64).save(to: path)
        let file = try SafeTensors(contentsOf: path)
        let labels = String(decoding: try JSONEncoder().encode(Self.labels), as: UTF8.self)
        try SafeTensors.write(
          file.names.map { ($0, try file.tensor($0)) },
          metadata: ["tessera": "{\"imageSize\":64,\"labelSpace\":\(labels),\"specification\":\(network)}"], to: path)
        return try SegmentationCheckpoint(
          contentsOf: path, catalog: .standard.adding(Own.Configuration.self))
      }
      let normalization = "{\"deviation\":[255,255,255],\"mean\":[0,0,0],\"order\":\"rgb\"}"
      let unet = try read(
        "{\"unet\":{\"_0\":{\"classes\":2,\"dropout\":0.25,\"normalization\":\(normalization),\"width\":2}}}",
        of: Self.model)
      #expect(unet.model.configuration as? UNet.Configuration == Self.model.configuration)
      let own = Own.Configuration(classes: 2)
      let custom = try read(
        "{\"custom\":{\"classes\":2,\"name\":\"own\"}}", of: own.makeNetwork(random: RandomStream(seed: 1)))
      #expect(custom.model.configuration as? Own.Configuration == own)
    }
  }

  @Test(arguments: models)
  func everythingComesBack(configuration: any NetworkConfiguration) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/net.safetensors"
      let model: any SegmentationModel = configuration.makeNetwork(random: RandomStream(seed: 42))
      try SegmentationCheckpoint(model: model, labelSpace: Self.labels, imageSize: 64, notes: ["epoch": "3"])
        .save(to: path)
      let restored = try SegmentationCheckpoint(contentsOf: path)
      #expect(AnyHashable(restored.model.configuration) == AnyHashable(configuration))
      #expect(restored.model.normalization == model.normalization)
      #expect(restored.labelSpace == Self.labels)
      #expect(restored.imageSize == 64)
      #expect(restored.notes == ["epoch": "3"])
      let images = Tensor((0..<64 * 64 * 3).map { Float($0 % 97) / 97 }, shape: [1, 64, 64, 3])
      #expect(restored.model(Variable(images)).value == model(Variable(images)).value)
    }
  }

  @Test func theSameContentsGiveTheSameBytes() throws {
    try withTemporaryFolder { folder in
      let checkpoint = SegmentationCheckpoint(
        model: Self.model, labelSpace: Self.labels, imageSize: 64, notes: ["b": "2", "a": "1"])
      try checkpoint.save(to: folder + "/a")
      try checkpoint.save(to: folder + "/b")
      #expect(
        FileManager.default.contents(atPath: folder + "/a") == FileManager.default.contents(atPath: folder + "/b"))
    }
  }

  @Test func aFileOfWeightsOnlyIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      try Self.model.save(to: path)
      expectError(
        "\(path) is not a Tessera checkpoint: it holds weights only, no description of a network; use a file from a "
          + "run's checkpoints folder"
      ) { try SegmentationCheckpoint(contentsOf: path) }
    }
  }

  @Test func aTruncatedFileIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = try written(in: folder)
      let whole = try Data(contentsOf: URL(filePath: path))
      try whole.dropLast(100).write(to: URL(filePath: path))
      let error = try #require(throws: SafeTensorsError.self) { _ = try SegmentationCheckpoint(contentsOf: path) }
      #expect("\(error)".hasPrefix(path))
      try whole.prefix(5).write(to: URL(filePath: path))
      expectError("\(path): the file is cut short: 8 bytes expected, 5 found. Copy or download it again.") {
        try SegmentationCheckpoint(contentsOf: path)
      }
    }
  }

  @Test func everyMissingAndMisshapenWeightIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = try written(in: folder)
      let file = try SafeTensors(contentsOf: path)
      var tensors = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
      tensors.removeAll { $0.name == "bottleneck.first.bias" || $0.name == "encoder.0.first.filter" }
      tensors.append((name: "encoder.0.first.filter", tensor: .zeros([3, 3, 3, 7])))
      let broken = folder + "/broken.safetensors"
      try SafeTensors.write(tensors, metadata: file.metadata, to: broken)
      expectError(
        "\(broken) does not fit the model: missing (1): bottleneck.first.bias; misshapen (1): encoder.0.first.filter "
          + "is [3, 3, 3, 7], expected [3, 3, 3, 2]; nothing was loaded. Load it with the configuration that it was saved "
          + "with."
      ) { try SegmentationCheckpoint(contentsOf: broken) }
    }
  }

  /// What a damaged or foreign description holds, and what the error says of it.
  static let descriptions: [(from: String, to: String, reason: String)] = [
    ("\"imageSize\":64", "\"imageSize\":\"64\"", "\"imageSize\" is \"64\", which is not a size such as \"480x360\""),
    ("\"configuration\"", "\"none\"", "its description cannot be read: it is of another version or damaged"),
    ("\"classes\":2,", "\"classes\":3,", "its network has 3 outputs, but it names 2 classes"),
    ("\"width\":2", "\"width\":-2", "\"width\" is -2, but it must be a whole number in 1...8192"),
    (
      "\"width\":2", "\"width\":9000000000000000000",
      "\"width\" is 9000000000000000000, but it must be a whole number in 1...8192"
    ),
    ("\"imageSize\":64", "\"imageSize\":0", "\"imageSize\" is 0, which lies outside 1...16384"),
    ("\"imageSize\":64", "\"imageSize\":2147483648", "\"imageSize\" is 2147483648, which lies outside 1...16384"),
    (
      "\"imageSize\":64", "\"imageSize\":1099511627776", "\"imageSize\" is 1099511627776, which lies outside 1...16384"
    ),
    ("\"imageSize\":64", "\"imageSize\":72", "its image size 72 is not a multiple of 16"),
    ("\"dropout\":0.25", "\"dropout\":1", "\"dropout\" is 1, but it must be 0 or more and less than 1"),
    ("\"void\":0", "\"void\":-7", "\"void\" is -7, which lies outside 0...65535"),
    (
      "\"deviation\":[255,255,255]", "\"deviation\":[255]",
      "its normalization needs a mean and a deviation other than 0 for each channel, and three for bgr"
    ),
  ]

  @Test(arguments: descriptions)
  func aDamagedDescriptionIsRefused(from: String, to: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let file = try SafeTensors(contentsOf: try written(in: folder))
      let card = try #require(file.metadata["tessera"])
      let damaged = card.replacingOccurrences(of: from, with: to)
      #expect(damaged != card)
      let path = folder + "/damaged.safetensors"
      try SafeTensors.write(
        file.names.map { ($0, try file.tensor($0)) }, metadata: ["tessera": damaged], to: path)
      expectError(
        "\(path) is not a Tessera checkpoint: \(reason); use a file from a run's checkpoints folder"
      ) { try SegmentationCheckpoint(contentsOf: path) }
    }
  }

  /// The weights of a width of 2: what the description asks for would be gigabytes.
  @Test(
    arguments: [
      UNet.Configuration(classes: 2, width: 1024), UNet.Configuration(classes: 2, width: 8192),
      FCNN.Configuration(classes: 2, width: 8192),
      FCNN.Configuration(classes: 2, head: .convolutionalized(width: 8192)),
    ] as [any NetworkConfiguration])
  func shapesAreComparedBeforeWeightsGetMemory(configuration: any NetworkConfiguration) throws {
    let pool = BufferPool()
    try withTemporaryFolder { folder in
      let file = try SafeTensors(contentsOf: try written(in: folder))
      let card = try #require(file.metadata["tessera"])
      let start = try #require(card.range(of: ",\"network\":")?.upperBound)
      let other = String(decoding: try JSONEncoder().encode(NetworkDescription(configuration)), as: UTF8.self)
      let path = folder + "/large.safetensors"
      try SafeTensors.write(
        file.names.map { ($0, try file.tensor($0)) }, metadata: ["tessera": card[..<start] + other + "}"], to: path)
      ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
        #expect(throws: TensorMismatchError.self) { _ = try SegmentationCheckpoint(contentsOf: path) }
      }
    }
    // Biases alone, which are made at once.
    #expect(pool.statistics.peak < 8 << 20, "\(pool.statistics)")
  }

  @Test func nothingIsDrawnWhereWeightsAreLoaded() throws {
    try withTemporaryFolder { folder in
      let path = try written(in: folder)
      let pool = BufferPool()
      try ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
        let model = try SegmentationCheckpoint(contentsOf: path).model
        // A filter is asked for once, when it is read; a bias is made and read.
        let counts = model.namedParameters.map { $0.name.hasSuffix("filter") ? 1 : 2 }
        #expect(pool.statistics.requests == counts.reduce(0, +))
      }
    }
  }

  private func written(in folder: String) throws -> String {
    let path = folder + "/net.safetensors"
    try SegmentationCheckpoint(model: Self.model, labelSpace: Self.labels, imageSize: 64).save(to: path)
    return path
  }

  private func expectError(
    _ message: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> SegmentationCheckpoint
  ) {
    do {
      _ = try body()
      Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch {
      #expect("\(error)" == message, sourceLocation: sourceLocation)
      #expect(error.localizedDescription == message, sourceLocation: sourceLocation)
    }
  }
}
