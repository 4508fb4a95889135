import Foundation
import TesseraAutograd

/// Rules for parameters do not fit a model; lists everything that is wrong with them at once.
public struct ParameterRulesError: Error, Equatable, Sendable {
  /// Paths at or below which the model has no trainable parameter.
  public let unmatched: [String]
  /// Paths with more than one rule.
  public let repeated: [String]
  /// Paths whose multiple of the learning rate is not a number above 0.
  public let withoutRate: [String]
  /// Whether no parameter would be trained.
  public let freezesEverything: Bool
  /// The first parts of the model's property paths, in the order of declaration.
  public let topLevelNames: [String]

  /// - Returns: `nil` if the rules fit.
  init?(rules: ParameterRules, parameters: [(paths: [String], parameter: Parameter)]) {
    let prefixes = rules.rules.map(\.prefix)
    unmatched = prefixes.unique.filter { prefix in
      !parameters.contains { $0.paths.contains(where: ParameterRules.Rule.frozen(prefix).covers) }
    }
    repeated = prefixes.unique.filter { prefix in prefixes.count { $0 == prefix } > 1 }
    withoutRate = rules.rules.filter {
      if case .rate(let factor) = $0.effect { !(factor > 0 && factor.isFinite) } else { false }
    }.map(\.prefix)
    // Without rules, nothing impossible was requested.
    freezesEverything =
      !rules.rules.isEmpty
      && parameters.allSatisfy { paths, parameter in
        switch rules.rule(for: paths)?.effect {
        case .frozen: true
        case .rate: false
        case nil: !parameter.isTrainable
        }
      }
    topLevelNames = parameters.flatMap(\.paths).map { String($0.prefix { $0 != "." }) }.unique
    if unmatched.isEmpty && repeated.isEmpty && withoutRate.isEmpty && !freezesEverything { return nil }
  }
}

extension ParameterRulesError: CustomStringConvertible, LocalizedError {
  public var description: String {
    var parts: [String] = []
    if !unmatched.isEmpty {
      parts.append(
        "no parameter at or below \(unmatched.quoted); the model has "
          + topLevelNames.joined(separator: ", "))
    }
    if !repeated.isEmpty { parts.append("more than one rule for \(repeated.quoted)") }
    if !withoutRate.isEmpty {
      parts.append("the multiple of the learning rate must be above 0 for \(withoutRate.quoted)")
    }
    if freezesEverything { parts.append("nothing is left to train") }
    return "the rules for parameters do not fit the model: " + parts.joined(separator: "; ")
  }

  public var errorDescription: String? { description }
}

extension [String] {
  fileprivate var quoted: String { map { "\"\($0)\"" }.joined(separator: ", ") }

  /// Each string once, where it first occurs.
  fileprivate var unique: [String] {
    var known: Set<String> = []
    return filter { known.insert($0).inserted }
  }
}
