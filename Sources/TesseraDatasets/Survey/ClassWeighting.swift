import Foundation
import TesseraImaging
import TesseraTensors

/// A rule by which the weights of classes in a loss follow from how often they occur in the training masks.
///
/// ```swift
/// let weights = ClassWeighting.medianFrequency.weights(of: try DatasetSurvey(of: training), training.labelSpace)
/// let classWeights = try training.labelSpace.classWeights(weights)   // for crossEntropy and SegmentationLoss
/// ```
public enum ClassWeighting: Sendable, Hashable {
  /// The median of all classes' frequencies divided by the class's own, where a frequency is a share of the pixels of
  /// those pictures that show the class (Eigen and Fergus 2015, arXiv:1411.4734). Limited to 0.1...10: with more, a few
  /// pixels would rule, with less, a class would go.
  case medianFrequency

  /// 1 / log(1.02 + the class's share of all counted pixels), between 1.4 and 50 (ENet, Paszke et al. 2016,
  /// arXiv:1606.02147).
  case inverseLog

  /// (1 - beta) / (1 - beta^n) with n the pictures that show the class, scaled to a mean of 1 over the classes that
  /// occur (Cui et al. 2019, arXiv:1901.05555). Pixels of a picture are too alike to be counted as n.
  case effectiveNumber(beta: Double)

  private static let limits = 0.1...10.0
  private static let betas = 0...0.999999

  /// The weights of the classes that have outputs, in the order of their indices, to three digits; 1 for void and for
  /// classes that do not occur.
  public func weights(of survey: DatasetSurvey, _ space: LabelSpace) -> [Double] {
    let found = unscaled(survey, space)
    return space.outputs.map { index in
      guard let weight = found[index] else { return 1 }
      return Double(String(format: "%.3g", weight)) ?? weight
    }
  }

  /// Of the classes that occur.
  private func unscaled(_ survey: DatasetSurvey, _ space: LabelSpace) -> [Int: Double] {
    let frequencies = Self.frequencies(in: survey, of: space)
    switch self {
    case .medianFrequency:
      let sorted = frequencies.values.sorted()
      if sorted.isEmpty { return [:] }
      let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
      return frequencies.mapValues { min(Self.limits.upperBound, max(Self.limits.lowerBound, median / $0)) }
    case .inverseLog:
      let all = frequencies.keys.reduce(0) { $0 + (survey.pixels[$1] ?? 0) }
      return Dictionary(
        uniqueKeysWithValues: frequencies.keys.map { index in
          (index, 1 / log(1.02 + Double(survey.pixels[index] ?? 0) / Double(all)))
        })
    case .effectiveNumber(let beta):
      let plain = Dictionary(
        uniqueKeysWithValues: frequencies.keys.sorted().map { index in
          (index, (1 - beta) / (1 - pow(beta, Double(survey.masks[index] ?? 1))))
        })
      let mean = plain.keys.sorted().reduce(0) { $0 + (plain[$1] ?? 0) } / Double(max(1, plain.count))
      return plain.mapValues { $0 / mean }
    }
  }

  /// Of each class that occurs, its share of the pixels of those masks that hold it.
  package static func frequencies(in survey: DatasetSurvey, of space: LabelSpace) -> [Int: Double] {
    Dictionary(
      uniqueKeysWithValues: survey.countedClasses(of: space).filter { $0 < space.count }.map { index in
        (index, Double(survey.pixels[index] ?? 0) / Double(max(1, survey.pixelsOfHolders[index] ?? 1)))
      })
  }
}

/// Rules are words of the command line: `effective-number=0.999`.
extension ClassWeighting: RawRepresentable {
  /// One of each kind, with usual values.
  package static let examples = [medianFrequency, inverseLog, effectiveNumber(beta: 0.999)]

  public var rawValue: String {
    switch self {
    case .medianFrequency: "median-frequency"
    case .inverseLog: "inverse-log"
    case .effectiveNumber(let beta): "effective-number=\(beta.shortText)"
    }
  }

  private var name: String { String(rawValue.prefix { $0 != "=" }) }

  /// The rule of this word; `nil` if there is none. `effective-number` alone has a beta of 0.999.
  public init?(rawValue: String) {
    let parts = rawValue.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let rule = Self.examples.first(where: { $0.name == parts[0] }) else { return nil }
    guard parts.count == 2 else {
      self = rule
      return
    }
    guard case .effectiveNumber = rule, let beta = Double(parts[1]), Self.betas.contains(beta) else { return nil }
    self = .effectiveNumber(beta: beta)
  }

  /// Why a word that begins like a rule is none, in words that follow an option's name.
  package static func complaint(about word: String) -> String? {
    guard ClassWeighting(rawValue: word) == nil, let rule = examples.first(where: { word.hasPrefix($0.name + "=") })
    else { return nil }
    guard case .effectiveNumber = rule else { return "\(rule.name) has no value; got \(word)" }
    return
      "\(rule.name) needs a number in \(betas.lowerBound.shortText)...\(betas.upperBound), such as \(rule.rawValue); "
      + "got \(word)"
  }
}
