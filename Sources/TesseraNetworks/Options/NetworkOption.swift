import Foundation

/// One number or choice of a network's configuration: its name on the command line and in files, and what it may be.
public struct NetworkOption<Configuration: Sendable>: Sendable {
  /// The name on the command line, without the dashes.
  public let name: String
  /// The help, one sentence.
  public let help: String
  /// All values, if they are few; empty for numbers.
  public let choices: [String]
  /// The value that a configuration has.
  public let value: @Sendable (Configuration) -> NetworkOptionValue
  package let option: TypedOption<Configuration>

  private init(
    _ name: String, of choices: [String] = [], _ help: String, _ option: TypedOption<Configuration>,
    value: @escaping @Sendable (Configuration) -> NetworkOptionValue
  ) {
    (self.name, self.help, self.choices, self.option, self.value) = (name, help, choices, option, value)
  }

  /// A count, such as channels.
  public static func count(
    _ name: String, _ path: WritableKeyPath<Configuration, Int> & Sendable, in range: ClosedRange<Int>, help: String
  ) -> NetworkOption {
    let rule = OptionRule<Int>(words: "be a whole number in \(range.lowerBound)...\(range.upperBound)") {
      range.contains($0)
    }
    return NetworkOption(name, help, .value(path, "n", must: rule)) { .number(Double($0[keyPath: path])) }
  }

  /// A share of features, such as the dropped ones: at least 0 and less than 1.
  public static func share(
    _ name: String, _ path: WritableKeyPath<Configuration, Float> & Sendable, help: String
  ) -> NetworkOption {
    number(name, path, must: OptionRule(words: "be 0 or more and less than 1") { (0..<1).contains($0) }, help)
  }

  /// A number, such as a loss's weight.
  public static func number(
    _ name: String, _ path: WritableKeyPath<Configuration, Float> & Sendable, in range: ClosedRange<Float>, help: String
  ) -> NetworkOption {
    let words = "lie in \(number(range.lowerBound))...\(number(range.upperBound))"
    return number(name, path, must: OptionRule(words: words) { range.contains($0) }, help)
  }

  private static func number(
    _ name: String, _ path: WritableKeyPath<Configuration, Float> & Sendable, must rule: OptionRule<Float>,
    _ help: String
  ) -> NetworkOption {
    NetworkOption(name, help, .value(path, "n", must: rule)) { number($0[keyPath: path]) }
  }

  /// The digits that the user gave, not those of the nearest Float.
  private static func number(_ value: Float) -> NetworkOptionValue { .number(Double(value.description) ?? .nan) }

  /// One of a few choices.
  ///
  /// - Parameters:
  ///   - name: its name on the command line, without dashes.
  ///   - choices: what it may be.
  ///   - help: a sentence.
  ///   - read: the choice that a configuration has.
  ///   - write: takes a choice; options before this one in the list have been taken already.
  public static func choice(
    _ name: String, of choices: [String], help: String, read: @escaping @Sendable (Configuration) -> String,
    write: @escaping @Sendable (inout Configuration, String) -> Void
  ) -> NetworkOption {
    let rule = OptionRule<String>(words: "be one of \(choices.joined(separator: ", "))") { choices.contains($0) }
    let areNumbers = choices.allSatisfy { Int($0) != nil }
    let option = TypedOption<Configuration>(.value, areNumbers ? "n" : "name", must: rule, take: write, recorded: read)
    return NetworkOption(name, of: choices, help, option) { .text(read($0)) }
  }

  /// Sets the value from text.
  ///
  /// - Throws: `NetworkOptionError` if it is not a possible value.
  public func set(_ text: String, in configuration: inout Configuration) throws(NetworkOptionError) {
    guard option.take(text, &configuration) == nil else {
      throw NetworkOptionError(name: name, rule: option.rule, value: text)
    }
  }

  /// - Throws: `NetworkOptionError` if a configuration, from a file, has an impossible value.
  func check(_ configuration: Configuration) throws(NetworkOptionError) {
    var copy = configuration
    try set(value(configuration).description, in: &copy)
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
