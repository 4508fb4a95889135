import Foundation
import TesseraFiles
import TesseraTensors

/// Why an HDF5 file could not be read.
public enum HDF5Error: Error, Equatable, Sendable {
  /// The system could not open it.
  case unreadable(file: String, reason: String)
  /// The file does not have the format's signature.
  case notHDF5(file: String)
  /// libhdf5 could not read what is at a place; `reason` is its own message.
  case damaged(file: String, place: String, reason: String)
  /// There is nothing with that name.
  case missing(file: String, place: String)
  /// What is at the place is stored elsewhere: behind a soft or external link, or in another file.
  case elsewhere(file: String, place: String, reason: String)
  /// What is at the place is of an unsupported kind.
  case unsupported(file: String, place: String, reason: String)
  /// The sizes that the file states are impossible.
  case impossible(file: String, place: String, reason: String)
}

extension HDF5Error: UnreadableFileError, CustomStringConvertible, LocalizedError {
  /// One line: names come from files and may contain anything.
  public var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason). Check the path and its permissions."
    case .notHDF5(let file):
      "\(file): not an HDF5 file. Check that the path names an .h5 file."
    case .damaged(let file, let place, let reason):
      "\(file): \(place): cannot be read: \(reason). The file is damaged or cut short; copy or save it again."
    case .missing(let file, let place):
      "\(file): there is nothing at \(place). Check that it is the file you mean."
    case .elsewhere(let file, let place, let reason):
      "\(file): \(place): \(reason), which is not followed. Save the weights into one file."
    case .unsupported(let file, let place, let reason):
      "\(file): \(place): \(reason). Save the weights as plain arrays of floats."
    case .impossible(let file, let place, let reason):
      "\(file): \(place): \(reason). The file is damaged; copy or save it again."
    }
  }

  public var errorDescription: String? { description }
}
