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

extension TensorMismatchError: CustomStringConvertible, LocalizedError, ItemizedError {
  /// One line with the first names of each kind; ``items`` are all.
  public var description: String {
    let parts = Self.list(missing: missing, unused: unused, misshapen: misshapen)
    return "\(source) does not fit \(destination): \(parts); nothing was loaded. "
      + "Load it with the configuration that it was saved with."
  }

  public var errorDescription: String? { description }

  public var items: [String] { Self.items(missing: missing, unused: unused, misshapen: misshapen) }

  /// How much does not match and the first of it, in the words that every report of weights uses.
  package static func list(missing: [String], unused: [String], misshapen: [Misshapen]) -> String {
    parts(missing, unused, misshapen).filter { !$0.words.isEmpty }.map { list($0.title, $0.words) }
      .joined(separator: "; ")
  }

  /// A count and the first names of one kind: `missing (85): conv1.weight, ..., and 81 others`.
  package static func list(_ title: String, _ names: [String]) -> String {
    let rest = names.count > mostNames ? ", and \(names.count - mostNames) others" : ""
    return "\(title) (\(names.count)): \(names.prefix(mostNames).joined(separator: ", "))\(rest)"
  }

  /// Everything that does not match, each in a line; empty if `list` names all.
  package static func items(missing: [String], unused: [String], misshapen: [Misshapen]) -> [String] {
    let parts = parts(missing, unused, misshapen)
    guard parts.contains(where: { $0.words.count > mostNames }) else { return [] }
    return parts.flatMap { title, words in words.map { "\(title): \($0)" } }
  }

  private static func parts(
    _ missing: [String], _ unused: [String], _ misshapen: [Misshapen]
  ) -> [(title: String, words: [String])] {
    [
      ("missing", missing), ("unused", unused.map { String($0.prefix(longestName)) }),
      ("misshapen", misshapen.map { "\($0.name) is \($0.arrived), expected \($0.expected)" }),
    ]
  }

  // What can be read in a line, and longer names than any network of the library has: a file may hold anything.
  private static let (mostNames, longestName) = (4, 200)
}
