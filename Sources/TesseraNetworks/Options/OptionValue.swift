import TesseraImaging

/// A value that is one word of a command line.
package protocol OptionValue: Encodable, Sendable {
  /// `nil` if the word stands for no value.
  static func read(_ word: String) -> Self?

  var word: String { get }

  /// All words, if they are few.
  static var words: [String] { get }

  /// Whether the words are numbers: what is wrong with one is said by the option's rule, even if it cannot be read.
  static var isNumber: Bool { get }

  /// Why a word stands for no value, in words that follow the option's name; `nil` to list the words that do.
  static func complaint(about word: String) -> String?
}

extension OptionValue {
  package static var words: [String] { [] }
  package static var isNumber: Bool { false }
  package static func complaint(about word: String) -> String? { nil }
}

extension OptionValue where Self: Numeric { package static var isNumber: Bool { true } }

extension OptionValue where Self: LosslessStringConvertible {
  package static func read(_ word: String) -> Self? { Self(word) }
  package var word: String { description }
}

extension OptionValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  package static func read(_ word: String) -> Self? { Self(rawValue: word) }
  package var word: String { rawValue }
  package static var words: [String] { allCases.map(\.rawValue) }
}

extension Bool: OptionValue {}
extension Int: OptionValue {}
extension UInt64: OptionValue {}
extension Float: OptionValue {}
extension Double: OptionValue {}
extension String: OptionValue {}
extension ImageSize: OptionValue { package var word: String { text } }

extension Framing: OptionValue {
  package static var words: [String] { ["stretch", "pad", "crop"] }

  package static func complaint(about word: String) -> String? {
    guard word.hasPrefix("crop") && Framing(word) == nil else { return nil }
    return
      "must be crop=SCALE with a scale in \(scales.lowerBound)...\(scales.upperBound), such as crop=0.5; got \(word)"
  }
}

/// What the value of an option must be, in a test and in words.
package struct OptionRule<Value: Sendable>: Sendable {
  /// They follow "must".
  let words: String
  package let holds: @Sendable (Value) -> Bool

  package init(words: String, holds: @escaping @Sendable (Value) -> Bool = { _ in true }) {
    (self.words, self.holds) = (words, holds)
  }

  /// Whatever can be read.
  package static var any: OptionRule { OptionRule(words: "be readable") { _ in true } }

  /// Why a value is refused, in words that follow the option's name; `nil` if it may be.
  package func complaint(about value: Value) -> String? { holds(value) ? nil : "must \(words); got \(value)" }
}

extension OptionRule where Value == Int {
  /// What a machine can work with, before it overflows somewhere.
  package static func lie(in range: ClosedRange<Int>) -> OptionRule {
    OptionRule(words: "lie in \(range.lowerBound)...\(range.upperBound)") { range.contains($0) }
  }
}

extension OptionRule where Value == UInt64 {
  /// What seeds are.
  package static var anyWholeNumber: OptionRule {
    OptionRule(words: "be a whole number in 0...\(UInt64.max)") { _ in true }
  }
}

extension OptionRule where Value: BinaryFloatingPoint {
  /// A part that is less than the whole.
  package static var share: OptionRule { OptionRule(words: "lie in 0..<1") { (0..<1).contains($0) } }

  /// A part that is something, and may be all.
  package static var partOfWhole: OptionRule {
    OptionRule(words: "be above 0 and at most 1") { $0 > 0 && $0 <= 1 }
  }

  /// With less only the largest logit would count, with more none would differ.
  package static var temperature: OptionRule { OptionRule(words: "lie in 0.1...100") { (0.1...100).contains($0) } }
}

extension OptionRule where Value == Double {
  /// What weights can follow in single precision: with less nothing would change, with more they would be lost.
  package static var singlePrecision: OptionRule {
    OptionRule(words: "lie in 1e-30...1e+30") { (1e-30...1e30).contains($0) }
  }

  package static var zeroOrSinglePrecision: OptionRule {
    OptionRule(words: "be 0 or \(singlePrecision.words)") { $0 == 0 || singlePrecision.holds($0) }
  }

  /// Longer than any machine runs, and short enough to be a duration.
  package static var minutes: OptionRule { OptionRule(words: "lie in 0...1e9 minutes") { (0...1e9).contains($0) } }
}
