import Foundation
import TesseraTensors

extension SegmentationLoss: RawRepresentable, Codable {
  /// The weights that a loss can have in a sum.
  private static let weights = 1e-6...1e6

  /// The loss of this name; `nil` if there is none. ``init(parsing:)`` says what is wrong.
  public init?(rawValue: String) {
    guard let parsed = try? SegmentationLoss(parsing: rawValue) else { return nil }
    self = parsed
  }

  /// Reads a sum as on the command line: `dice`, `cross-entropy+0.5*dice`, or `tversky=0.2:0.8+focal`. Its name has all
  /// values, also those that were left open.
  ///
  /// - Throws: `LossError`.
  public init(parsing text: String) throws(LossError) {
    var terms: [Term] = []
    for part in text.split(separator: "+", omittingEmptySubsequences: false) {
      let factors = part.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
      var weight = 1.0
      if factors.count > 1 {
        guard factors.count == 2, let number = Double(factors[0]), Self.weights.contains(number) else {
          throw LossError(
            "needs a weight in \(Self.weights.lowerBound)...\(Self.weights.upperBound.shortText) before each *, such as "
              + "0.5*dice; got \(part)")
        }
        weight = number
      }
      guard let word = factors.last else { continue }
      for var term in try LossWord.loss(word).terms {
        guard !terms.contains(where: { $0.name == term.name }) else {
          throw LossError("\(term.name) occurs twice; give it one weight, such as 2*\(term.name); got \(text)")
        }
        term.weight = weight
        terms.append(term)
      }
    }
    self.init(terms)
  }

  /// The losses that a sum can have, each with its usual values, and what they are.
  public static var lossWords: [(word: String, meaning: String)] { LossWord.all.map { ($0.example, $0.meaning) } }
}

/// Words that are no loss.
public struct LossError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// What is wrong and what can be done, in words that may follow an option's name.
  public let description: String
  /// The name that no loss has; `nil` if something else is wrong.
  package let unknownName: String?

  public var errorDescription: String? { description }

  init(_ description: String, unknownName: String? = nil) {
    (self.description, self.unknownName) = (description, unknownName)
  }
}
