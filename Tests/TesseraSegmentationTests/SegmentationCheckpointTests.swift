import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraLayers
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct SegmentationCheckpointTests {
  static let labels = LabelSpace(
    classes: [.init(name: "other \"0\"", color: .black), .init(name: "Straße", color: Color(1, 2, 3))], void: 0)

  static let models: [ModelSpecification] = [
    .unet(.init(classes: 2, width: 2, dropout: 0.25)),
    .fcnn(.init(classes: 2, width: 1, head: .original, normalization: .torchvision)),
    .fcnn(.init(classes: 2, width: 1, head: .convolutionalized(width: 5), dropout: 0.5)),
  ]

  private static var model: UNet { UNet(.init(classes: 2, width: 2, dropout: 0.25), random: RandomStream(seed: 0)) }

  /// A network that the library does not know.
  private struct Own: SegmentationModel {
    let layer: Conv2D
    let normalization = ImageNormalization.unit
    let sizeMultiple = 1
    var specification: ModelSpecification { .custom(name: "own", classes: 2) }

    init(seed: UInt64) {
      var random = RandomStream(seed: seed)
      layer = Conv2D(from: 3, to: 2, kernel: 3, random: &random)
    }

    func callAsFunction(_ images: Variable) -> Variable { layer(images) }
  }

  @Test func aNetworkOfOnesOwnIsBuiltByItsProgram() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/own.safetensors"
      let model = Own(seed: 1)
      try SegmentationCheckpoint(model: model, labelSpace: Self.labels, imageSize: 8).save(to: path)
      let restored = try SegmentationCheckpoint(contentsOf: path, as: Own(seed: 2))
      let images = Variable(Tensor(repeating: 0.5, shape: [1, 8, 8, 3]))
      #expect(restored.model(images).value == model(images).value && restored.imageSize == 8)
      expectError(
        "\(path): own with 2 classes is not one of the library's; a program that has it opens the file with "
          + "SegmentationCheckpoint(contentsOf:as:)"
      ) { try SegmentationCheckpoint(contentsOf: path) }
      expectError(
        "\(path): it is of own with 2 classes, but U-Net of width 2 with 2 classes is to take its weights"
      ) { try SegmentationCheckpoint(contentsOf: path, as: Self.model) }
    }
  }

  @Test(arguments: models)
  func everythingComesBack(specification: ModelSpecification) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/net.safetensors"
      let model = try #require(specification.makeModel(random: RandomStream(seed: 42)))
      try SegmentationCheckpoint(model: model, labelSpace: Self.labels, imageSize: 64, notes: ["epoch": "3"])
        .save(to: path)
      let restored = try SegmentationCheckpoint(contentsOf: path)
      #expect(restored.model.specification == specification)
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
    ("\"imageSize\":64", "\"imageSize\":\"64\"", "its description cannot be read: it is of another version or damaged"),
    ("\"unet\"", "\"pspnet\"", "its description cannot be read: it is of another version or damaged"),
    ("\"classes\":2,", "\"classes\":3,", "its network has 3 outputs, but it names 2 classes"),
    ("\"width\":2", "\"width\":-2", "\"width\" is -2, which lies outside 1...8192"),
    (
      "\"width\":2", "\"width\":9000000000000000000",
      "\"width\" is 9000000000000000000, which lies outside 1...8192"
    ),
    ("\"imageSize\":64", "\"imageSize\":0", "\"imageSize\" is 0, which lies outside 1...16384"),
    ("\"imageSize\":64", "\"imageSize\":2147483648", "\"imageSize\" is 2147483648, which lies outside 1...16384"),
    (
      "\"imageSize\":64", "\"imageSize\":1099511627776", "\"imageSize\" is 1099511627776, which lies outside 1...16384"
    ),
    ("\"imageSize\":64", "\"imageSize\":72", "its image size 72 is no multiple of 16"),
    ("\"dropout\":0.25", "\"dropout\":1", "\"dropout\" is 1.0, which lies outside 0.0...0.99999994"),
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
  @Test(arguments: [
    ModelSpecification.unet(.init(classes: 2, width: 1024)), .unet(.init(classes: 2, width: 8192)),
    .fcnn(.init(classes: 2, width: 8192)), .fcnn(.init(classes: 2, head: .convolutionalized(width: 8192))),
  ])
  func shapesAreComparedBeforeWeightsGetMemory(specification: ModelSpecification) throws {
    let pool = BufferPool()
    try withTemporaryFolder { folder in
      let file = try SafeTensors(contentsOf: try written(in: folder))
      let card = try #require(file.metadata["tessera"])
      let start = try #require(card.range(of: ",\"specification\":")?.upperBound)
      let other = String(decoding: try JSONEncoder().encode(specification), as: UTF8.self)
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
