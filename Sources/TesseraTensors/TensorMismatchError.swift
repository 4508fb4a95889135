import Foundation

/// Named tensors do not match what was expected; lists all missing, unused and misshapen names at once.
///
/// Thrown before anything is changed, by code that loads tensors by name (a model's weights, an optimizer's state).
public struct TensorMismatchError: Error, Equatable, Sendable {
  /// A name on both sides, with different shapes.
  public struct Misshapen: Equatable, Sendable {
    public let name: String
    public let expected: Shape
    public let arrived: Shape
  }

  /// Where the tensors came from: a file, or the caller's name for it.
  public let source: String
  /// What they were meant for: "the model", "the optimizer".
  public let destination: String
  /// Names that were expected but did not arrive, in the expected order.
  public let missing: [String]
  /// Names that arrived but were not expected, in the order of arrival.
  public let unused: [String]
  public let misshapen: [Misshapen]

  /// Compares names and shapes; `nil` if they match.
  public init?(
    from source: String, to destination: String, expected: [(name: String, shape: Shape)],
    arrived: [(name: String, shape: Shape)]
  ) {
    self.source = source
    self.destination = destination
    let arrivedShapes = Dictionary(arrived.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    let expectedNames = Set(expected.map(\.name))
    missing = expected.map(\.name).filter { arrivedShapes[$0] == nil }
    unused = arrived.map(\.name).filter { !expectedNames.contains($0) }
    misshapen = expected.compactMap { name, shape in
      guard let found = arrivedShapes[name], found != shape else { return nil }
      return Misshapen(name: name, expected: shape, arrived: found)
    }
    if missing.isEmpty && unused.isEmpty && misshapen.isEmpty { return nil }
  }
}

extension TensorMismatchError: CustomStringConvertible, LocalizedError {
  public var description: String {
    let parts = Self.list(missing: missing, unused: unused, misshapen: misshapen)
    return "\(source) does not fit \(destination): \(parts); nothing was loaded. "
      + "Load it with the configuration that it was saved with."
  }

  public var errorDescription: String? { description }

  /// Everything that does not match, in the words that every report of weights uses.
  package static func list(missing: [String], unused: [String], misshapen: [Misshapen]) -> String {
    let parts: [(title: String, count: Int, names: [String])] = [
      ("missing", missing.count, missing.prefix(mostNames).map(\.self)),
      ("unused", unused.count, unused.prefix(mostNames).map { String($0.prefix(longestName)) }),
      (
        "misshapen", misshapen.count,
        misshapen.prefix(mostNames).map { "\($0.name) is \($0.arrived), expected \($0.expected)" }
      ),
    ]
    return parts.filter { $0.count > 0 }.map { title, count, names in
      let rest = count > names.count ? ", and \(count - names.count) others" : ""
      return "\(title) (\(count)): \(names.joined(separator: ", "))\(rest)"
    }.joined(separator: "; ")
  }

  // More names, and longer ones, than any network of the library has: a file may hold millions.
  private static let (mostNames, longestName) = (100, 200)
}
