/// How classes that do not occur enter the means over classes; the rules agree if every class occurs.
public enum AbsentClasses: String, Sendable, Hashable, Codable, CaseIterable {
  /// A class that is neither true nor predicted anywhere counts as 0: ADE20K's official rule.
  case zero
  /// A ratio without a denominator is left out (the mean of what is not NaN): in the mean IoU a class that is neither
  /// true nor predicted, in the mean accuracy a class without true pixels.
  case ignored
  /// Only classes with true pixels enter: a class that is predicted but never true does not lower the means.
  case present

  /// What the rule does, in a few words.
  public var summary: String {
    switch self {
    case .zero: "counted as 0 (ADE20K's official rule)"
    case .ignored: "left out where neither true nor predicted"
    case .present: "left out where never true"
    }
  }
}
