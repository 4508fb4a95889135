import Foundation

/// One number or choice of a network's configuration: its name on the command line and in files, and what it may be.
public struct NetworkOption<Configuration: Sendable>: Sendable {
  /// The name on the command line, without the dashes.
  public let name: String
  /// The help, one sentence.
  public let help: String
  /// All values, if they are few; empty for numbers.
  public let choices: [String]
  /// What it must be, in words that follow "must".
  let rule: String
  /// The value that a configuration has.
  public let value: @Sendable (Configuration) -> NetworkOptionValue
  private let contains: @Sendable (Configuration) -> Bool
  private let write: @Sendable (inout Configuration, String) -> Bool

  /// A count, such as channels.
  public static func count(
    _ name: String, _ path: WritableKeyPath<Configuration, Int> & Sendable, in range: ClosedRange<Int>, help: String
  ) -> NetworkOption {
    NetworkOption(
      name: name, help: help, choices: [], rule: "be a whole number in \(range.lowerBound)...\(range.upperBound)",
      value: { .number(Double($0[keyPath: path])) }, contains: { range.contains($0[keyPath: path]) },
      write: { configuration, text in
        guard let number = Int(text), range.contains(number) else { return false }
        configuration[keyPath: path] = number
        return true
      })
  }

  /// A share of features, such as the dropped ones: at least 0 and less than 1.
  public static func share(
    _ name: String, _ path: WritableKeyPath<Configuration, Float> & Sendable, help: String
  ) -> NetworkOption {
    NetworkOption(
      name: name, help: help, choices: [], rule: "be 0 or more and less than 1",
      // The digits that the user gave, not those of the nearest Float.
      value: { .number(Double("\($0[keyPath: path])") ?? .nan) },
      contains: { (0..<1).contains($0[keyPath: path]) },
      write: { configuration, text in
        guard let number = Float(text), (0..<1).contains(number) else { return false }
        configuration[keyPath: path] = number
        return true
      })
  }

  /// One of a few choices.
  ///
  /// - Parameters:
  ///   - read: the choice that a configuration has.
  ///   - write: takes a choice; options before this one in the list have been taken already.
  public static func choice(
    _ name: String, of choices: [String], help: String, read: @escaping @Sendable (Configuration) -> String,
    write: @escaping @Sendable (inout Configuration, String) -> Void
  ) -> NetworkOption {
    NetworkOption(
      name: name, help: help, choices: choices, rule: "be one of \(choices.joined(separator: ", "))",
      value: { .text(read($0)) },
      contains: { choices.contains(read($0)) },
      write: { configuration, text in
        guard choices.contains(text) else { return false }
        write(&configuration, text)
        return true
      })
  }

  /// Sets the value from text.
  ///
  /// - Throws: `NetworkOptionError` if it is not a possible value.
  public func set(_ text: String, in configuration: inout Configuration) throws(NetworkOptionError) {
    if !write(&configuration, text) { throw NetworkOptionError(name: name, rule: rule, value: text) }
  }

  /// - Throws: `NetworkOptionError` if a configuration, from a file, has an impossible value.
  func check(_ configuration: Configuration) throws(NetworkOptionError) {
    if !contains(configuration) { throw NetworkOptionError(name: name, rule: rule, value: "\(value(configuration))") }
  }
}

/// The value of an option of a network.
public enum NetworkOptionValue: Sendable, Hashable, CustomStringConvertible {
  case number(Double)
  case text(String)

  public var description: String {
    switch self {
    case .number(let number): number == number.rounded() ? String(format: "%.0f", number) : "\(number)"
    case .text(let text): text
    }
  }
}

/// A value that an option of a network cannot have.
public struct NetworkOptionError: Error, CustomStringConvertible, LocalizedError, Equatable {
  public let name: String
  /// What it must be, in words that follow "must".
  public let rule: String
  public let value: String

  public var description: String { "--\(name) must \(rule); got \(value)" }
  public var errorDescription: String? { description }
}
