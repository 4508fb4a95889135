import Foundation
import TesseraTensors

/// Why weights of another program could not be used.
public enum PretrainedWeightsError: Error, Equatable, Sendable {
  /// The system would not open or read the file.
  case unreadable(file: String, reason: String)
  /// The file is of no format that is read; `instead` says what to do.
  case unknownFormat(file: String, found: String, instead: String)
  /// Something in the file contradicts itself, or the file's size.
  case damaged(file: String, place: String, reason: String)
  /// A pickle names something that it may not have: it would call or create it.
  case forbidden(file: String, name: String)
  /// The names are those of no VGG-16 that is known.
  case unknownNetwork(file: String, names: [String])
  /// The file's network has other widths than the model.
  case otherWidth(file: String, layer: String, fileWidth: Int, modelWidth: Int)
  /// What a model expects and what a file holds differ, in the file's names; `hint` says what may be behind it.
  case mismatch(
    file: String, source: WeightsSource, missing: [String], unused: [String],
    misshapen: [TensorMismatchError.Misshapen], hint: String?)
  /// A weight is infinite or no number.
  case notFinite(file: String, name: String)
  /// The model normalizes pictures in another way than the weights expect.
  case otherNormalization(file: String, source: WeightsSource)
}

extension PretrainedWeightsError {
  static func otherByteOrder(of file: String, called order: String) -> PretrainedWeightsError {
    .unknownFormat(
      file: file, found: "its numbers are in the byte order '\(order)'",
      instead: "Save it again on a machine with little-endian numbers, as all usual ones are")
  }
}

extension PretrainedWeightsError: CustomStringConvertible, LocalizedError {
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
      "\(file): the pickle uses \(name), and nothing but tensors, dictionaries and numbers is taken from one: it could "
        + "run any program. Save the weights alone: torch.save(model.state_dict(), ...)."
    case .unknownNetwork(let file, let names):
      "\(file): holds no VGG-16 of Keras, torchvision or timm: its names begin with "
        + "\(names.prefix(4).joined(separator: ", ")). "
        + (names.contains { $0.hasPrefix("backbone.blocks.") }
          ? "Those are Tessera's own: use --initial-weights, or load(from:)."
          : "Save the weights of vgg16 or vgg16_bn as these programs name them.")
    case .otherWidth(let file, let layer, let fileWidth, let modelWidth):
      "\(file): \(layer) has \(fileWidth) channels in the file and \(modelWidth) in the model. Make the model's "
        + "width \(fileWidth)."
    case .mismatch(let file, let source, let missing, let unused, let misshapen, let hint):
      Self.report(file, source, missing, unused, misshapen, hint)
    case .notFinite(let file, let name):
      "\(file): \(name) holds a value that is infinite or no number. Take another file."
    case .otherNormalization(let file, let source):
      "\(file): \(source) weights expect other pictures than the model makes. Make the model with the weights' "
        + "normalization."
    }
  }

  private static func report(
    _ file: String, _ source: WeightsSource, _ missing: [String], _ unused: [String],
    _ misshapen: [TensorMismatchError.Misshapen], _ hint: String?
  ) -> String {
    let parts = TensorMismatchError.list(missing: missing, unused: unused, misshapen: misshapen)
    return "\(file): does not fit as \(source) VGG-16 weights: \(parts); nothing was loaded. "
      + (hint ?? "Save the weights of the whole network again.")
  }

  public var errorDescription: String? { description }
}
