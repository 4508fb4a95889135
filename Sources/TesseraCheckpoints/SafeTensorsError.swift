import Foundation
import TesseraFiles

/// Why a safetensors file could not be read or written.
public enum SafeTensorsError: Error, Equatable, Sendable {
  /// The system could not open or read it.
  case unreadable(file: String, reason: String)
  /// The file ends before the data that its header announces.
  case truncated(file: String, expectedBytes: Int, foundBytes: Int)
  /// The length in the first eight bytes is more than the format allows.
  case headerTooLong(file: String, bytes: UInt64)
  /// The header is not the JSON object that the format requires.
  case invalidHeader(file: String, reason: String)
  /// A name, or a key of the metadata, appears twice.
  case duplicateName(file: String, name: String)
  /// A tensor's shape, type and offsets do not fit each other or the file.
  case invalidTensor(file: String, name: String, reason: String)
  /// The file holds no tensor of this name.
  case noSuchTensor(file: String, name: String, available: [String])
  /// The tensor is there, but not of a type that converts to 32-bit floats.
  case unsupportedType(file: String, name: String, type: String)
  /// Tensors that are one parameter in the model have different values.
  case tiedTensorsDiffer(file: String, names: [String])
  /// The file's bytes do not match the checksum that it carries.
  case damaged(file: String, expected: String, found: String)
  /// The system could not write it; a file that was there before is untouched.
  case unwritable(file: String, reason: String)
}

extension SafeTensorsError: UnreadableFileError, CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason). Check the path and its permissions."
    case .truncated(let file, let expected, let found):
      "\(file): the file is cut short: \(expected) bytes expected, \(found) found. Copy or download it again."
    case .headerTooLong(let file, let bytes):
      "\(file): not a safetensors file: it begins with \(bytes) where the length of a header stands, at most "
        + "\(SafeTensors.longestHeader). Check that the path names a .safetensors file."
    case .invalidHeader(let file, let reason):
      "\(file): not a valid safetensors file: \(reason). Check that the path names a .safetensors file, or save it "
        + "again."
    case .duplicateName(let file, let name):
      "\(file): the name '\(name)' appears twice in the header. Save the file again with distinct names."
    case .invalidTensor(let file, let name, let reason):
      "\(file): tensor '\(name)': \(reason). The file is damaged; copy or save it again."
    case .noSuchTensor(let file, let name, let available):
      "\(file): there is no tensor '\(name)'. The file holds: \(available.joined(separator: ", "))."
    case .unsupportedType(let file, let name, let type):
      "\(file): tensor '\(name)' has the type \(type), which does not convert to 32-bit floats. "
        + "Convert it to F32 before saving."
    case .tiedTensorsDiffer(let file, let names):
      "\(file): \(names.map { "'\($0)'" }.joined(separator: " and ")) are one parameter in the model, but have different "
        + "values in the file; nothing was loaded. Load it into a model that does not share them."
    case .damaged(let file, let expected, let found):
      "\(file): the file is damaged: its checksum is \(expected), but its bytes give \(found). Use another checkpoint."
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason). What was there before is unchanged; check the folder and the free space."
    }
  }

  public var errorDescription: String? { description }
}
