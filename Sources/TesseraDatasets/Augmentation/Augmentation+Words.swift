import Foundation
import TesseraTensors

extension Augmentation: RawRepresentable, CaseIterable, Codable, Hashable, CustomStringConvertible {
  /// The library's named lists.
  public static let allCases: [Augmentation] = [.none, .flip, .standard, .strong]

  public var description: String { rawValue }

  /// Nothing.
  public static let none = Augmentation([])

  /// Flips horizontally in half of the cases.
  public static let flip = Augmentation([Flip()])

  /// A random scale between 1/2 and 2, a crop in which no class covers more than three quarters if possible, a change
  /// of a photograph's brightness, contrast, saturation and hue, and a flip.
  public static let standard = Augmentation(standardSteps)

  /// The standard with stronger colors, blur, noise and rotations.
  public static let strong = Augmentation(strongSteps)

  private static let standardSteps: [any AugmentationStep] = [
    RandomScale(0.5...2), BalancedCrop(0.75), ColorJitter(0.2), Flip(),
  ]
  private static let strongSteps: [any AugmentationStep] = [
    RandomScale(0.5...2), BalancedCrop(0.75), ColorJitter(0.4), GaussianBlur(1), GaussianNoise(8), Rotation(15), Flip(),
  ]
  /// The lists that other lists may begin with.
  private static let beginnings = [("standard", standardSteps), ("strong", strongSteps)]

  /// The name of a list of words; one that begins as a named list says so.
  static func name(ofWords words: [String]) -> String {
    for (name, steps) in beginnings where words.starts(with: steps.map(\.word)) {
      return ([name] + words.dropFirst(steps.count)).joined(separator: ",")
    }
    return words.isEmpty ? "none" : words.joined(separator: ",")
  }

  /// The list of this name or these words; `nil` if there is none. ``init(parsing:)`` says what is wrong.
  public init?(rawValue: String) {
    guard let parsed = try? Augmentation(parsing: rawValue) else { return nil }
    self = parsed
  }

  /// Reads a list as on the command line: `standard`, `flip,rotate=10,color=0.4`, or `standard,cutmix`. Its name has
  /// all values, also those that were left open.
  ///
  /// - Throws: `AugmentationError`.
  public init(parsing text: String) throws(AugmentationError) {
    if text == "none" {
      self = .none
      return
    }
    var steps: [any AugmentationStep] = []
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    for (number, word) in words.enumerated() {
      if let named = Self.beginnings.first(where: { $0.0 == word }) {
        guard number == 0 else { throw AugmentationError("\(word) must be the first of a list, or stand alone") }
        steps = named.1
        continue
      }
      let step = try StepWord.step(word)
      if steps.contains(where: { $0.kind == step.kind }) {
        let list = Self.beginnings.first { text.hasPrefix("\($0.0),") }
        let contents = list.map { ": \($0.0) is \($0.1.map(\.word).joined(separator: ","))" }
        throw AugmentationError("\(step.kind) occurs twice\(contents ?? ""); got \(text)")
      }
      if step is any WindowStep, let last = steps.last, !(last is any WindowStep) {
        let first = steps.first { !($0 is any WindowStep) } ?? last
        throw AugmentationError("\(step.word) must come before \(first.word): pictures are scaled and cropped first")
      }
      steps.append(step)
    }
    self.init(steps)
  }

  /// The words that a list can have, each with a usual value, and what they do.
  public static var stepWords: [(word: String, meaning: String)] {
    StepWord.all.map { ($0.example, $0.meaning) }
  }
}

/// A list of words that is no augmentation.
public struct AugmentationError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// What is wrong and what can be done, in words that may follow an option's name.
  public let description: String
  /// The name that no step and no list has; `nil` if something else is wrong.
  package let unknownName: String?

  public var errorDescription: String? { description }

  init(_ description: String, unknownName: String? = nil) {
    (self.description, self.unknownName) = (description, unknownName)
  }
}
