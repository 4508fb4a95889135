import TesseraTensors

/// A word of the command line that stands for a loss.
struct LossWord: Sendable {
  /// A number that follows the name.
  struct Value: Sendable {
    let range: ClosedRange<Double>
    let usual: Double
  }

  let name: String
  let meaning: String
  private let values: [Value]
  private let make: @Sendable ([Double]) -> SegmentationLoss

  private init(
    _ name: String, _ meaning: String, _ values: [Value] = [], make: @escaping @Sendable ([Double]) -> SegmentationLoss
  ) {
    (self.name, self.values, self.meaning, self.make) = (name, values, meaning, make)
  }

  private static let errors = 0.01...100.0

  static let all = [
    LossWord("cross-entropy", "-log of the true class's probability, the mean over pixels") { _ in .crossEntropy },
    LossWord(
      "focal", "cross-entropy times (1 - probability) to this power", [Value(range: 0...10, usual: 2)]
    ) { .focal(gamma: $0[0]) },
    LossWord(
      "ohem", "cross-entropy of the pixels with a smaller probability than this, at least of this share of all",
      [Value(range: 0.001...1, usual: 0.7), Value(range: 0.0001...1, usual: 0.0625)]
    ) { .hardExamples(below: $0[0], atLeast: $0[1]) },
    LossWord(
      "boundary", "cross-entropy in which boundaries count so many times more, within about so many pixels",
      [Value(range: 0...1000, usual: 10), Value(range: 0.1...50, usual: 5)]
    ) { .boundaryWeighted(weight: $0[0], deviation: $0[1]) },
    LossWord("dice", "1 - Dice coefficient, the mean over classes") { _ in .dice },
    LossWord("log-cosh-dice", "log(cosh(dice))") { _ in .logCoshDice },
    LossWord("jaccard", "1 - intersection over union, the mean over classes") { _ in .jaccard },
    LossWord(
      "tversky", "like dice, with these weights of false and of missed pixels",
      [Value(range: errors, usual: 0.3), Value(range: errors, usual: 0.7)]
    ) { .tversky(alpha: $0[0], beta: $0[1]) },
    LossWord(
      "focal-tversky", "tversky to this power of each class",
      [Value(range: errors, usual: 0.3), Value(range: errors, usual: 0.7), Value(range: 0.1...10, usual: 0.75)]
    ) { .focalTversky(alpha: $0[0], beta: $0[1], exponent: $0[2]) },
    LossWord("lovasz", "jaccard, extended from sets of wrong pixels to their errors") { _ in .lovasz },
  ]

  /// The word with its usual values.
  var example: String { make(values.map(\.usual)).rawValue }

  /// Reads a word with its values; those left open at the end are the usual ones.
  static func loss(_ text: String) throws(LossError) -> SegmentationLoss {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let word = all.first(where: { $0.name == parts[0] }) else {
      throw LossError(
        "must be a sum of \(all.map(\.example).joined(separator: ", ")), such as cross-entropy+0.5*dice; got "
          + "\(text.isEmpty ? "an empty word" : text)", unknownName: parts[0])
    }
    guard parts.count == 2 else { return word.make(word.values.map(\.usual)) }
    if word.values.isEmpty { throw LossError("\(word.name) has no value; got \(text)") }
    let given = parts[1].split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    let isPossible =
      given.count <= word.values.count
      && zip(given, word.values).allSatisfy { number, value in number.map(value.range.contains) == true }
    guard isPossible else {
      let limits = word.values.map { "\($0.range.lowerBound.shortText)...\($0.range.upperBound.shortText)" }
      throw LossError(
        "\(word.name) needs \(limits.count == 1 ? "a number in" : "numbers in") \(limits.joined(separator: " and ")), such "
          + "as \(word.example); got \(text)")
    }
    return word.make(word.values.enumerated().map { $0 < given.count ? given[$0] ?? $1.usual : $1.usual })
  }
}
