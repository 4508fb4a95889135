import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// What an optimizer does differently for some parameters: their own rate, no training at all, or no weight decay.
///
/// ```swift
/// let rules = ParameterRules([.frozen("backbone"), .rate(0.1, "backbone.blocks.4")], decaysBiases: false)
/// let optimizer = AdamW(for: model, rules: rules)   // block 4 learns at a tenth of the rate, blocks 0 to 3 not at all
/// ```
/// A rule names a property path and applies to every parameter at or below it; of several, the one with the longest
/// path decides. Creating an optimizer with rules sets `isTrainable` of the parameters that they name: `false` where
/// frozen, `true` where a rate is given; others are unchanged. A frozen parameter has no state in the optimizer, no
/// gradient is computed for it, and the backward pass ends where nothing below is trained.
public struct ParameterRules: Sendable, Hashable {
  /// One rule for the parameters at or below a property path. Statistics are never trained, and no rule applies to
  /// them.
  public struct Rule: Sendable, Hashable {
    /// Whether parameters are trained, and how fast.
    public enum Effect: Sendable, Hashable {
      case frozen
      /// Trained at this multiple of the learning rate, above 0.
      case rate(Double)
    }

    public let prefix: String
    public let effect: Effect

    public init(_ effect: Effect, _ prefix: String) {
      self.effect = effect
      self.prefix = prefix
    }

    /// The parameters are not trained. A batch normalization whose scale and offset are frozen acts as in inference.
    public static func frozen(_ prefix: String) -> Rule { Rule(.frozen, prefix) }

    /// The parameters are trained at `factor` times the learning rate; their weight decay follows that rate.
    public static func rate(_ factor: Double, _ prefix: String) -> Rule { Rule(.rate(factor), prefix) }

    func covers(_ name: String) -> Bool { name == prefix || name.hasPrefix(prefix + ".") }
  }

  /// The rules, in any order: the longest path decides, not the first or last rule.
  public let rules: [Rule]

  /// Whether weight decay shrinks parameters of the kind `.bias` too: biases, and the scales and offsets of
  /// normalizations.
  public let decaysBiases: Bool

  /// - Parameters:
  ///   - rules: the longest path that matches a parameter decides.
  ///   - decaysBiases: whether weight decay applies to biases, as in both Keras and PyTorch by default.
  public init(_ rules: [Rule] = [], decaysBiases: Bool = true) {
    self.rules = rules
    self.decaysBiases = decaysBiases
  }

  /// Checks whether an optimizer for `model` can follow the rules.
  ///
  /// - Throws: `ParameterRulesError` with everything that is wrong. Optimizers then stop the program.
  public func check(against model: some Module) throws(ParameterRulesError) {
    if let error = ParameterRulesError(rules: self, parameters: Self.trainables(of: model)) { throw error }
  }

  /// The rule for the parameter to which these property paths lead; `nil` if none applies.
  func rule(for paths: [String]) -> Rule? {
    // Of rules of equal length, which can match tied weights under two names, the first counts.
    rules.filter { paths.contains(where: $0.covers) }.max { $0.prefix.utf8.count < $1.prefix.utf8.count }
  }

  /// Weights and biases with their property paths.
  static func trainables(of model: some Module) -> [(paths: [String], parameter: Parameter)] {
    model.parameterPaths.filter { $0.parameter.kind != .statistic }
  }
}
