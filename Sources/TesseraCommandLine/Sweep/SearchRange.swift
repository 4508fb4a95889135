import Foundation
import Tessera
import TesseraReports

/// The values of an option that a sweep searches.
enum SearchRange: Equatable {
  case choices([JSONValue])
  case interval(from: Double, to: Double, isLogarithmic: Bool)

  /// - Returns: `nil`, and says why among the problems, if the value is no range.
  init?(_ value: JSONValue, of option: String, problems: inout [String]) {
    switch value {
    case .array(let choices) where !choices.isEmpty: self = .choices(choices)
    case .object(let entries):
      let bounds = ["from", "to"].map { SweepFile.number(entries[$0]) }
      let scale = entries["scale"] ?? .string("linear")
      guard Set(entries.keys).isSubset(of: ["from", "to", "scale"]), let from = bounds[0], let to = bounds[1],
        from < to,
        [.string("linear"), .string("log")].contains(scale)
      else {
        problems.append(
          "\(option): an interval is {\"from\": 1e-5, \"to\": 0.01, \"scale\": \"log\"}, with from below to, and a scale that "
            + "is log or linear")
        return nil
      }
      let isLogarithmic = scale == .string("log")
      guard from > 0 || !isLogarithmic else {
        problems.append("\(option): an interval on a log scale begins above 0; got \(from)")
        return nil
      }
      self = .interval(from: from, to: to, isLogarithmic: isLogarithmic)
    default:
      problems.append("\(option): what is searched is a list, such as [0.001, 0.01], or an interval; got \(value.text)")
      return nil
    }
  }

  /// What a grid has; `nil` of an interval.
  var choices: [JSONValue]? { if case .choices(let choices) = self { choices } else { nil } }

  /// Values that the option must be able to have.
  var extremes: [JSONValue] {
    switch self {
    case .choices(let choices): choices
    case .interval(let from, let to, _): [from, to].map { Self.number($0) }
    }
  }

  /// A value from a stream of random numbers, of an interval with three digits.
  ///
  /// - Parameter isWhole: whether the option counts things.
  func draw(_ random: RandomStream, isWhole: Bool) -> JSONValue {
    var random = random
    switch self {
    case .choices(let choices): return choices[random.index(below: choices.count)]
    case .interval(let from, let to, let isLogarithmic):
      let share = Double(random.next() >> 11) * 0x1p-53
      let value = isLogarithmic ? exp(log(from) * (1 - share) + log(to) * share) : from * (1 - share) + to * share
      if isWhole { return Self.number(value.rounded()) }
      return Self.number(min(to, max(from, Double(String(format: "%.2e", value)) ?? value)))
    }
  }

  private static func number(_ value: Double) -> JSONValue {
    .number(Int64(exactly: value).map { "\($0)" } ?? "\(value)")
  }
}
