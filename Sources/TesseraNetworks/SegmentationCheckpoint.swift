import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraImaging
import TesseraLayers
import TesseraTensors

/// A trained network with everything needed to use it: weights, architecture, normalization, classes and training size,
/// in one safetensors file.
///
/// ```swift
/// try SegmentationCheckpoint(model: model, labelSpace: .ade20k, imageSize: 128).save(to: "best.safetensors")
/// let restored = try SegmentationCheckpoint(contentsOf: "best.safetensors")
/// ```
public struct SegmentationCheckpoint {
  /// The network with its weights, without what only training needs.
  public let model: any SegmentationModel
  /// What its outputs mean.
  public let labelSpace: LabelSpace
  /// The size of the pictures that the network was trained on.
  public let imageSize: ImageSize
  /// How pictures became pictures of that size.
  public let framing: Framing
  /// Anything else worth keeping: epoch, step, metrics.
  public let notes: [String: String]

  public init(
    model: any SegmentationModel, labelSpace: LabelSpace, imageSize: ImageSize, framing: Framing = .stretch,
    notes: [String: String] = [:]
  ) {
    self.model = model.forPrediction
    self.labelSpace = labelSpace
    self.imageSize = imageSize
    self.framing = framing
    self.notes = notes
  }

  private struct Card: Codable {
    let format: Int
    let network: any NetworkConfiguration
    let labelSpace: LabelSpace
    let imageSize: ImageSize
    let framing: Framing

    /// The latest version. In version 1, which did not record its number, `specification` is the network; up to
    /// version 2, every class has an output; up to version 3, pictures are stretched to the training size.
    private static let currentFormat = 4

    init(_ checkpoint: SegmentationCheckpoint) {
      // The earliest that can say it, so that earlier versions read what they can.
      format = checkpoint.framing != .stretch ? Self.currentFormat : checkpoint.labelSpace.hasVoidOutput ? 2 : 3
      network = checkpoint.model.configuration
      labelSpace = checkpoint.labelSpace
      imageSize = checkpoint.imageSize
      framing = checkpoint.framing
    }

    private enum CodingKeys: CodingKey { case format, network, specification, labelSpace, imageSize, framing }

    func encode(to encoder: any Encoder) throws {
      var card = encoder.container(keyedBy: CodingKeys.self)
      try card.encode(format, forKey: .format)
      try card.encode(NetworkDescription(network), forKey: .network)
      try card.encode(labelSpace, forKey: .labelSpace)
      try card.encode(imageSize, forKey: .imageSize)
      if framing != .stretch { try card.encode(framing, forKey: .framing) }
    }

    init(from decoder: any Decoder) throws {
      let card = try decoder.container(keyedBy: CodingKeys.self)
      func check(_ condition: Bool, _ key: CodingKeys, _ reason: String) throws {
        if !condition { throw DecodingError.dataCorruptedError(forKey: key, in: card, debugDescription: reason) }
      }
      format = try card.countIfPresent(.format) ?? 1
      if format > Self.currentFormat { throw LaterFormatError(format: format, known: Self.currentFormat) }
      let description = try card.decode(NetworkDescription.self, forKey: format == 1 ? .specification : .network)
      network = description.configuration
      labelSpace = try card.decode(LabelSpace.self, forKey: .labelSpace)
      imageSize = try card.decode(ImageSize.self, forKey: .imageSize)
      framing = try card.decodeIfPresent(Framing.self, forKey: .framing) ?? .stretch
      try check(
        network.classes == labelSpace.outputCount, .network,
        "its network has \(network.classes) outputs, but it names \(labelSpace.outputCount) classes"
          + (labelSpace.hasVoidOutput ? "" : " besides void"))
      try check(labelSpace.count > 0, .labelSpace, "it names no classes")
      let multiple = network.sizeMultiple
      try check(
        imageSize.isMultiple(of: multiple), .imageSize,
        "its image size \(imageSize.text) is not a multiple of \(multiple)")
    }
  }

  private static let key = "tessera"

  /// Reads the file, builds the network that it describes and loads its weights; what belongs to a training run is
  /// ignored. Weights are allocated once all names and shapes have been compared with the file's.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - catalog: the networks that the file may be of.
  /// - Throws: `SegmentationCheckpointError` if it is not a Tessera checkpoint or its network is not in the catalog, or
  ///   what reading the file throws.
  public init(contentsOf path: String, catalog: NetworkCatalog = .current) throws {
    let file = try SafeTensors(contentsOf: path)
    let card = try Self.card(of: file, catalog)
    model = card.network.makeNetwork(random: RandomStream(seed: 0)).forPrediction
    labelSpace = card.labelSpace
    imageSize = card.imageSize
    framing = card.framing
    notes = file.metadata.filter { $0.key != Self.key }
    try model.load(from: file)
  }

  private static func card(of file: SafeTensors, _ catalog: NetworkCatalog) throws -> Card {
    guard let text = file.metadata[key] else {
      throw SegmentationCheckpointError(path: file.path, reason: "it holds weights only, no description of a network")
    }
    do {
      return try NetworkCatalog.$current.withValue(catalog) {
        try JSONDecoder().decode(Card.self, from: Data(text.utf8))
      }
    } catch let error as UnknownNetworkError {
      throw SegmentationCheckpointError(path: file.path, isOfAnotherProgram: true, reason: error.description)
    } catch let error as LaterFormatError {
      throw SegmentationCheckpointError(path: file.path, isOfAnotherProgram: true, reason: error.description)
    } catch let DecodingError.dataCorrupted(context) where !context.codingPath.isEmpty {
      throw SegmentationCheckpointError(path: file.path, reason: context.debugDescription)
    } catch {
      throw SegmentationCheckpointError(
        path: file.path, reason: "its description cannot be read: it is of another version or damaged")
    }
  }

  /// What a file of weights says of its network; `nil` if it says nothing.
  private static func described(_ path: String, _ catalog: NetworkCatalog) throws -> Card? {
    let file = try SafeTensors(contentsOf: path)
    return try file.metadata[key] == nil ? nil : card(of: file, catalog)
  }

  /// The network that a file of weights describes, without its weights; `nil` if it describes none.
  ///
  /// - Throws: `SegmentationCheckpointError` if the description cannot be read, or what reading the file throws.
  public static func configuration(
    of path: String, catalog: NetworkCatalog = .current
  ) throws -> (any NetworkConfiguration)? {
    try described(path, catalog)?.network
  }

  /// What the outputs of a file of weights mean, without its weights; `nil` if it does not say.
  ///
  /// - Throws: like `configuration(of:catalog:)`.
  public static func labelSpace(of path: String, catalog: NetworkCatalog = .current) throws -> LabelSpace? {
    try described(path, catalog)?.labelSpace
  }

  /// The size of the pictures that a file's network was trained on, without its weights; `nil` if it does not say.
  ///
  /// - Throws: like `configuration(of:catalog:)`.
  public static func imageSize(of path: String, catalog: NetworkCatalog = .current) throws -> ImageSize? {
    try described(path, catalog)?.imageSize
  }

  /// Writes everything to one file with a checksum, whole or not at all.
  ///
  /// - Parameters:
  ///   - path: the file; an existing one is replaced atomically.
  ///   - attachments: tensors of a training run, with names that begin with `SafeTensors.trainingPrefix`.
  ///   - texts: bytes of a training run, under such names.
  ///   - previous: where the file that is replaced stays.
  /// - Throws: `SafeTensorsError.unwritable`; what was there before is then unchanged.
  public func save(
    to path: String, attaching attachments: [(name: String, tensor: Tensor)] = [],
    texts: [(name: String, bytes: [UInt8])] = [], keepingPreviousAt previous: String? = nil
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var metadata = notes
    metadata[Self.key] = String(decoding: try encoder.encode(Card(self)), as: UTF8.self)
    try SafeTensors.write(
      model.namedParameters.map { ($0.name, $0.parameter.value) } + attachments, texts: texts,
      metadata: metadata, isChecksummed: true, to: path, keepingPreviousAt: previous)
  }
}

/// A checkpoint of a later version.
private struct LaterFormatError: Error, CustomStringConvertible {
  let format: Int
  let known: Int

  var description: String {
    "its description has format \(format), and this version reads formats up to \(known): open it with the version that wrote "
      + "it, or a later one"
  }
}

/// A safetensors file that is not a checkpoint of a segmentation network.
public struct SegmentationCheckpointError: Error, CustomStringConvertible, LocalizedError {
  public let path: String
  /// Whether it is a checkpoint, but of a network or a version that this program does not know.
  public let isOfAnotherProgram: Bool
  public let reason: String

  init(path: String, isOfAnotherProgram: Bool = false, reason: String) {
    self.path = path
    self.isOfAnotherProgram = isOfAnotherProgram
    self.reason = reason
  }

  public var description: String {
    if isOfAnotherProgram { return "\(path): \(reason)" }
    return "\(path) is not a Tessera checkpoint: \(reason); use a file from a run's checkpoints folder"
  }
  public var errorDescription: String? { description }
}
