import Foundation
import TesseraArchives
import TesseraFiles
import TesseraTensors

/// Why weights of another program could not be used.
public enum PretrainedWeightsError: Error, Equatable, Sendable {
  /// The system would not open or read the file.
  case unreadable(file: String, reason: String)
  /// The file has no supported format; `instead` says what to do.
  case unknownFormat(file: String, found: String, instead: String)
  /// Something in the file contradicts itself, or the file's size.
  case damaged(file: String, place: String, reason: String)
  /// A pickle names something that it must not: it would call or create it.
  case forbidden(file: String, name: String)
  /// The names fit none of the tables, `known`; where `isOwn`, they are this library's.
  case unknownNetwork(file: String, names: [String], known: [String], isOwn: Bool)
  /// Layers that are found by kind and order are not the network's; `difference` is the first.
  case otherLayers(file: String, table: String, difference: String)
  /// The file holds another encoder, `holds`, than `network` needs.
  case otherEncoder(file: String, holds: String, network: String, needs: String)
  /// The file holds only an encoder where the weights of a whole network are needed.
  case encoderOnly(file: String, holds: String)
  /// The file's network has other widths than the model.
  case otherWidth(file: String, layer: String, fileWidth: Int, modelWidth: Int)
  /// What a model expects and what a file holds differ, in the file's names, or numbers are infinite or NaN; `hint`
  /// says what may be the cause.
  case mismatch(
    file: String, table: String, missing: [String], unused: [String], misshapen: [TensorMismatchError.Misshapen],
    notFinite: [String], hint: String?)
  /// The file's network has another number of outputs than the label space.
  case otherClasses(file: String, found: Int, expected: Int)
  /// The model does not normalize pictures as the weights expect.
  case otherNormalization(file: String, table: String)
  /// The model's encoder has other details than the one that the weights were trained in.
  case otherVariant(file: String, table: String, details: String, model: String)
}

extension PretrainedWeightsError {
  /// A PyTorch file that holds something other than weights.
  static func notWeights(file: String, _ found: String) -> PretrainedWeightsError {
    .unknownFormat(
      file: file, found: found, instead: "Save the weights with torch.save(model.state_dict(), \"weights.pth\")")
  }

  /// Runs `body`, which reads the zip archive at `path`.
  static func unpacking<Result>(
    _ path: String, _ body: () throws(ArchiveError) -> Result
  ) throws(PretrainedWeightsError) -> Result {
    do throws(ArchiveError) { return try body() } catch {
      func damaged(_ place: String, _ reason: String) -> PretrainedWeightsError {
        .damaged(file: path, place: place, reason: reason)
      }
      throw switch error {
      case .unreadable(_, let reason): PretrainedWeightsError.unreadable(file: path, reason: reason)
      case .notAnArchive(_, let reason), .tooLarge(_, let reason): damaged("the zip archive", reason)
      case .damaged(_, let entry, let reason): damaged(entry, reason)
      case .duplicateEntry(_, let entry): damaged(entry, "it occurs twice")
      case .noSuchEntry(_, let entry): damaged(entry, "it is missing from the archive")
      case .notAFile(_, let entry, let kind): damaged(entry, "it is a \(kind.rawValue)")
      case .entryTooLarge(_, let entry, let limit): damaged(entry, "it has more than \(limit) bytes")
      // Only unpacking into folders, which does not happen here, throws these.
      case .unsafeEntry, .collidingEntries, .noSpace, .occupied, .busy, .unwritable:
        PretrainedWeightsError.unreadable(file: path, reason: "\(error)")
      }
    }
  }

  static func otherByteOrder(of file: String, called order: String) -> PretrainedWeightsError {
    .unknownFormat(
      file: file, found: "its numbers are in the byte order '\(order)'",
      instead: "Save it again on a machine with little-endian numbers, as nearly all are")
  }
}

extension PretrainedWeightsError: ItemizedError {
  public var items: [String] {
    guard case .mismatch(_, _, let missing, let unused, let misshapen, let notFinite, _) = self else { return [] }
    return TensorMismatchError.items(missing: missing, unused: unused, misshapen: misshapen)
      + notFinite.map { "not finite: \($0)" }
  }
}

extension PretrainedWeightsError: UnreadableFileError, CustomStringConvertible, LocalizedError {
  /// One line: names come from files, and may hold anything.
  public var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason). Check the path and its permissions."
    case .unknownFormat(let file, let found, let instead):
      "\(file): \(found). \(instead)."
    case .damaged(let file, let place, let reason):
      "\(file): \(place): \(reason). The file is damaged; download or save it again."
    case .forbidden(let file, let name):
      "\(file): the pickle uses \(name), and only tensors, dictionaries and numbers are taken from one: it could "
        + "run any program. Save only the weights: torch.save(model.state_dict(), ...)."
    case .unknownNetwork(let file, _, known: [], _):
      "\(file): is not one of Tessera's, and the network cannot start from weights of other programs. Use a checkpoint "
        + "of the same network."
    case .unknownNetwork(let file, let names, let known, let isOwn):
      "\(file): holds none of the weights that the network can start from (\(known.joined(separator: ", "))): its "
        + "names begin with \(names.prefix(4).joined(separator: ", ")). "
        + (isOwn
          ? "Those are Tessera's own: use load(from:) or loadBackbone(from:)."
          : "Save the weights of one of these networks as its program names them.")
    case .otherLayers(let file, let table, let difference):
      "\(file): its layers are not those of \(table): \(difference); nothing was loaded. Use a file of this network, "
        + "with the same depth and options."
    case .otherEncoder(let file, let holds, let network, let needs):
      "\(file) holds \(holds) weights, and \(network) needs \(needs)"
    case .encoderOnly(let file, let holds):
      "\(file) holds only an encoder, \(holds): use it as --encoder-weights"
    case .otherWidth(let file, let layer, let fileWidth, let modelWidth):
      "\(file): \(layer) has \(fileWidth) channels in the file and \(modelWidth) in the model. Make the model's "
        + "width \(fileWidth)."
    case .mismatch(let file, let table, let missing, let unused, let misshapen, let notFinite, let hint):
      "\(file): does not fit as \(table) weights: "
        + [
          TensorMismatchError.list(missing: missing, unused: unused, misshapen: misshapen),
          notFinite.isEmpty ? "" : TensorMismatchError.list("not finite", notFinite),
        ].filter { !$0.isEmpty }.joined(separator: "; ") + "; nothing was loaded. "
        + (hint ?? (notFinite.isEmpty ? "Save the weights of the whole network again." : "Use another file."))
    case .otherClasses(let file, let found, let expected):
      "\(file): the network has \(found) outputs, and its label space \(expected). Use the file of a network with "
        + "\(expected), or the label space that it was trained for."
    case .otherNormalization(let file, let table):
      "\(file): \(table) weights expect another normalization than the model's. Create the model with the weights' "
        + "normalization."
    case .otherVariant(let file, let table, let details, let model):
      "\(file): \(table) weights were trained in an encoder with \(details), and the model's has \(model). Create the "
        + "model with weights.adapting(configuration)."
    }
  }

  public var errorDescription: String? { description }
}
