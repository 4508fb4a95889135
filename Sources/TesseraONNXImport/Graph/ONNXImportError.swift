import Foundation
import TesseraTensors

/// Why an ONNX file cannot become a network; one error lists everything that is wrong.
public struct ONNXImportError: Error, Sendable, Equatable, ItemizedError, CustomStringConvertible, LocalizedError {
  /// What is wrong, and what to do.
  public let reason: String
  /// Everything that is wrong, each in a line; empty if `reason` names all.
  public let items: [String]

  init(_ reason: String, items: [String] = []) {
    (self.reason, self.items) = (reason.onOneLine, items.map(\.onOneLine))
  }

  /// One line, which names the first problems if there are several.
  public var description: String {
    let shown = items.prefix(3).joined(separator: "; ")
    let rest = items.count > 3 ? "; and \(items.count - 3) more" : ""
    return items.isEmpty ? reason : "\(reason): \(shown)\(rest)"
  }
  public var errorDescription: String? { description }

  /// The same problem, found in a file.
  package func found(in path: String) -> ONNXImportError { ONNXImportError("\(path): \(reason)", items: items) }
}
