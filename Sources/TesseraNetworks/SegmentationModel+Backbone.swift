import Foundation
import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

extension SegmentationModel {
  /// Loads the part that may start from other weights, such as the encoder, from a checkpoint of any network that has
  /// the same one; the rest keeps its values.
  ///
  /// ```swift
  /// typealias Network = EncoderDecoder<UNetDecoder, ResNet34>
  /// let model = Network(.init(classes: 12), random: random)
  /// try model.loadBackbone(from: "fpn-resnet34.safetensors").leftOut   // ["decoder.laterals.0.filter", ...]
  /// ```
  /// - Parameters:
  ///   - path: a checkpoint, or weights that `save(to:)` wrote of a network with the same property paths.
  ///   - catalog: the networks that the checkpoint may be of.
  /// - Returns: what was loaded, and what was left out.
  /// - Throws: `BackboneError` if the file's network has another one or other pixels, `TensorMismatchError`, or what
  ///   reading throws; nothing is then changed.
  @discardableResult
  public func loadBackbone(from path: String, catalog: NetworkCatalog = .current) throws -> LoadedBackbone {
    guard let part = Configuration.backbone, !part.isEmpty else {
      throw BackboneError.noBackbone(network: configuration.name)
    }
    let file = try SafeTensors(contentsOf: path)
    let card = try SegmentationCheckpoint.configuration(of: path, catalog: catalog)
    let place = card.map { type(of: $0).backbone ?? "" } ?? part
    let own = namedParameters.filter { $0.name.hasPrefix(part + ".") }.map { name, parameter in
      (name: place + name.dropFirst(part.count), parameter: parameter)
    }
    let needed = Set(own.map(\.name))
    // What a larger one of the same kind has besides is left out.
    let (arrived, leftOut) = (file.names.filter(needed.contains), file.names.filter { !needed.contains($0) })
    let mismatch = TensorMismatchError(
      from: path, to: "the \(part)", expected: own.map { ($0.name, $0.parameter.shape) },
      arrived: arrived.compactMap { name in file.entries[name].map { (name, $0.shape) } })
    if let mismatch {
      guard let card, type(of: card).backboneTitle != Configuration.backboneTitle else { throw mismatch }
      throw BackboneError.other(
        path, card.name, type(of: card).backboneTitle, configuration.name, Configuration.backboneTitle)
    }
    if let card, card.normalization != normalization { throw BackboneError.otherNormalization(path, card.name) }
    // All are read before any is replaced: a file that cannot be read to its end changes nothing.
    let values = try own.map { try file.tensor($0.name) }
    for (entry, value) in zip(own, values) { entry.parameter.value = value }
    return LoadedBackbone(
      path: path, title: Configuration.backboneTitle ?? part, network: card?.name,
      leftOut: leftOut.filter { !$0.hasPrefix(SafeTensors.trainingPrefix) })
  }
}

/// What a model has taken over from a checkpoint of another network; as text, one line.
public struct LoadedBackbone: Sendable, Equatable, CustomStringConvertible {
  /// The file's path.
  public let path: String
  /// What was loaded, as in papers.
  public let title: String
  /// The network of the file; `nil` if it does not say.
  public let network: String?
  /// The parameters of the file that were not used.
  public let leftOut: [String]

  public var description: String {
    "\(title) \(network.map { "of \($0) " } ?? "")from \(path)"
      + (leftOut.isEmpty ? "" : ", without \(leftOut.countedByPart)")
  }
}

/// Why a network cannot take over a part of a checkpoint.
public enum BackboneError: Error, Equatable, Sendable, CustomStringConvertible, LocalizedError {
  /// The network has no part that may start from other weights.
  case noBackbone(network: String)
  /// The file, its network and what that has, the network and what that needs.
  case other(String, String, String?, String, String?)
  /// The file's network expects other pixels.
  case otherNormalization(String, String)

  public var description: String {
    switch self {
    case .noBackbone(let network): "\(network) has no part that may start from weights of another network"
    case .other(let path, let found, let holds, let own, let needs):
      "\(path) is a checkpoint of \(found)\(holds.map { ", which has \($0)" } ?? ""), and \(own) needs "
        + (needs ?? "another network")
    case .otherNormalization(let path, let found):
      "\(path): \(found) expects another normalization than the model's; create the model with the checkpoint's"
    }
  }
  public var errorDescription: String? { description }
}
