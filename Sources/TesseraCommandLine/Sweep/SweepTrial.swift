import Foundation
import Tessera
import TesseraReports

/// A combination of the values that a sweep searches.
struct SweepTrial: Equatable {
  /// Counted from 1.
  let number: Int
  let choices: [(name: String, value: JSONValue)]
  /// All options, as words of 'train'.
  let words: [String]

  static func == (left: SweepTrial, right: SweepTrial) -> Bool {
    left.number == right.number && left.words == right.words
  }

  /// The name of its run's folder.
  var name: String { Self.name(number) }
  static func name(_ number: Int) -> String { String(format: "trial-%03d", number) }

  /// `learning-rate=0.001 optimizer=adam`
  var label: String { choices.map { "\($0.name)=\($0.value.text)" }.joined(separator: " ") }

  init(_ number: Int, _ choices: [(name: String, value: JSONValue)], of file: SweepFile) {
    (self.number, self.choices) = (number, choices)
    words = (file.options + choices).flatMap { Self.words($0.name, $0.value) }
  }

  /// The words that give an option a value; of `null` and `false` none.
  private static func words(_ name: String, _ value: JSONValue) -> [String] {
    switch value {
    case .null, .bool(false), .object: []
    case .bool(true): ["--" + name]
    case .number(let word), .string(let word): ["--" + name, word]
    case .array(let values): values.flatMap { words(name, $0) }
    }
  }
}

extension SweepFile {
  /// Random combinations that all are the same before a new one is given up.
  private static let mostRepetitions = 200

  /// Every combination of the grid, the last option's values following each other, or as many random ones as were asked
  /// for.
  ///
  /// - Throws: `SweepError.refused` if there are too many, or the same twice.
  func makeTrials(named path: String) throws(SweepError) -> [SweepTrial] {
    let combinations = if let trials { try random(trials, path) } else { try grid(path) }
    return combinations.enumerated().map { SweepTrial($0 + 1, $1, of: self) }
  }

  private typealias Combination = [(name: String, value: JSONValue)]

  private func grid(_ path: String) throws(SweepError) -> [Combination] {
    var problems: [String] = []
    var count = 1
    for (name, range) in search {
      let choices = range.choices ?? []
      count = min(count * choices.count, Self.mostTrials + 1)
      for (place, choice) in choices.enumerated() where choices[..<place].contains(choice) {
        problems.append("\(name) has \(choice.text) twice: both trials would be the same")
      }
    }
    if count > Self.mostTrials {
      problems.append(
        "the grid has more than \(Self.mostTrials) trials; give a number of random \"trials\", or fewer values")
    }
    guard problems.isEmpty else { throw .refused(file: path, problems) }
    return search.reduce([[]]) { combinations, next in
      combinations.flatMap { start in (next.range.choices ?? []).map { start + [(next.name, $0)] } }
    }
  }

  /// Each trial's numbers depend on the seed, its own number and the option's name only: more trials are the same and
  /// others.
  private func random(_ count: Int, _ path: String) throws(SweepError) -> [Combination] {
    let stream = RandomStream(seed: seed).derived("sweep")
    var combinations: [Combination] = []
    var seen: Set<[String]> = []
    for number in 0..<count {
      let attempts = (0..<Self.mostRepetitions).lazy.map { attempt in
        search.map { name, range in
          (name: name, value: range.draw(stream.derived(name, number, attempt), isWhole: network.isWhole(name)))
        }
      }
      guard let new = attempts.first(where: { seen.insert($0.map(\.value.text)).inserted }) else {
        throw .refused(
          file: path,
          [
            "only \(combinations.count) different combinations were found for \(count) trials; search more values, or "
              + "give fewer trials"
          ])
      }
      combinations.append(new)
    }
    return combinations
  }
}
