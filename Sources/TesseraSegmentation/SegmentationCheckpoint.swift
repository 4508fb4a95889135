import Foundation
import TesseraCheckpoints
import TesseraImaging
import TesseraLayers
import TesseraTensors

/// A trained network with all that it takes to use it: weights, architecture, normalization, classes and training size,
/// in one safetensors file.
///
/// ```swift
/// try SegmentationCheckpoint(model: model, labelSpace: .ade20k, imageSize: 128).save(to: "best.safetensors")
/// let restored = try SegmentationCheckpoint(contentsOf: "best.safetensors")
/// ```
public struct SegmentationCheckpoint {
  /// The network with its weights.
  public let model: any SegmentationModel
  /// What its outputs mean.
  public let labelSpace: LabelSpace
  /// The side of the square pictures that the network was trained on, in pixels.
  public let imageSize: Int
  /// Anything else worth keeping: epoch, step, metrics.
  public let notes: [String: String]

  public init(
    model: any SegmentationModel, labelSpace: LabelSpace, imageSize: Int, notes: [String: String] = [:]
  ) {
    self.model = model
    self.labelSpace = labelSpace
    self.imageSize = imageSize
    self.notes = notes
  }

  private struct Card: Codable {
    var specification: ModelSpecification
    var labelSpace: LabelSpace
    var imageSize: Int

    /// What keeps a network from being built as described: a damaged file is an error, and must not end the program.
    var contradiction: String? {
      let (widths, multiple, normalization) =
        switch specification {
        case .unet(let configuration): ([configuration.width], UNet.sizeMultiple, configuration.normalization)
        case .fcnn(let configuration):
          ([configuration.width] + configuration.head.widths, FCNN.sizeMultiple, configuration.normalization)
        case .custom: ([], 1, .unit)
        }
      if normalization.mean.count != 3 || normalization.deviation.count != 3 || normalization.deviation.contains(0) {
        return "its normalization needs three means and three deviations other than 0"
      }
      // Wider than any network, and narrow enough to be built.
      if let width = widths.first(where: { !(1...8192).contains($0) }) { return "the width of its network is \(width)" }
      if specification.classes != labelSpace.count {
        return "its network has \(specification.classes) outputs, but it names \(labelSpace.count) classes"
      }
      if labelSpace.count == 0 { return "it names no classes" }
      if imageSize <= 0 || imageSize % multiple != 0 {
        return "its image size \(imageSize) is no positive multiple of \(multiple)"
      }
      return nil
    }
  }
  private static let key = "tessera"

  /// Reads the file, builds the network that it describes and takes over its weights; what belongs to a training run is
  /// left alone.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - own: a network of your own, which gets the weights where the file describes it; `nil` for the library's.
  /// - Throws: `SegmentationCheckpointError` where it is no checkpoint of ours or of another network, or what reading
  ///   the file throws.
  public init(contentsOf path: String, as own: (any SegmentationModel)? = nil) throws {
    let file = try SafeTensors(contentsOf: path)
    let card = try Self.card(of: file)
    if let own, own.specification != card.specification {
      throw SegmentationCheckpointError(
        path: path, isOfAnotherNetwork: true,
        reason: "it is of \(card.specification.summary), but \(own.specification.summary) is to take its weights")
    }
    guard let model = own ?? card.specification.makeModel() else {
      throw SegmentationCheckpointError(
        path: path, isOfAnotherNetwork: true,
        reason: "\(card.specification.summary) is not one of the library's; a program that has it opens the file with "
          + "SegmentationCheckpoint(contentsOf:as:)")
    }
    self.model = model
    labelSpace = card.labelSpace
    imageSize = card.imageSize
    notes = file.metadata.filter { $0.key != Self.key }
    try model.load(from: file)
  }

  private static func card(of file: SafeTensors) throws -> Card {
    guard let text = file.metadata[key] else {
      throw SegmentationCheckpointError(path: file.path, reason: "it holds weights only, no description of a network")
    }
    guard let card = try? JSONDecoder().decode(Card.self, from: Data(text.utf8)) else {
      throw SegmentationCheckpointError(
        path: file.path, reason: "its description cannot be read: it is of another version or damaged")
    }
    if let reason = card.contradiction { throw SegmentationCheckpointError(path: file.path, reason: reason) }
    return card
  }

  /// The network that a file of weights describes, without its weights; `nil` where it describes none.
  ///
  /// - Throws: `SegmentationCheckpointError` where the description cannot be read, or what reading the file throws.
  public static func specification(of path: String) throws -> ModelSpecification? {
    let file = try SafeTensors(contentsOf: path)
    return try file.metadata[key] == nil ? nil : card(of: file).specification
  }

  /// What the outputs of a file of weights mean, without its weights; `nil` where it does not say.
  ///
  /// - Throws: as `specification(of:)`.
  public static func labelSpace(of path: String) throws -> LabelSpace? {
    let file = try SafeTensors(contentsOf: path)
    return try file.metadata[key] == nil ? nil : card(of: file).labelSpace
  }

  /// Writes everything to one file with a checksum, whole or not at all.
  ///
  /// - Parameters:
  ///   - path: the file; one that is there is replaced at once.
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
    let card = Card(specification: model.specification, labelSpace: labelSpace, imageSize: imageSize)
    var metadata = notes
    metadata[Self.key] = String(decoding: try encoder.encode(card), as: UTF8.self)
    try SafeTensors.write(
      model.namedParameters.map { ($0.name, $0.parameter.value) } + attachments, texts: texts,
      metadata: metadata, isChecksummed: true, to: path, keepingPreviousAt: previous)
  }
}

/// A safetensors file that is not a checkpoint of a segmentation network.
public struct SegmentationCheckpointError: Error, CustomStringConvertible, LocalizedError {
  public let path: String
  /// Whether it is a checkpoint, but not one that can be used so.
  public let isOfAnotherNetwork: Bool
  public let reason: String

  init(path: String, isOfAnotherNetwork: Bool = false, reason: String) {
    self.path = path
    self.isOfAnotherNetwork = isOfAnotherNetwork
    self.reason = reason
  }

  public var description: String {
    if isOfAnotherNetwork { return "\(path): \(reason)" }
    return "\(path) is not a Tessera checkpoint: \(reason); use a file from a run's checkpoints folder"
  }
  public var errorDescription: String? { description }
}
