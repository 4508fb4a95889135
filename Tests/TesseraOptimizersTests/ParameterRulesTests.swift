import TesseraAutograd
import TesseraLayers
import TesseraOptimizers
import TesseraTensors
import Testing

@Suite struct ParameterRulesTests {
  /// `backbone.0.filter`, `backbone.0.bias`, ..., `backbone.10.bias`, `head.filter`, `head.bias`.
  struct Network: Module {
    let backbone = (0..<11).map { Perceptron(seed: UInt64($0)) }
    let norm = BatchNorm(5)
    let head = Perceptron(seed: 20)
    var description: String { "Network" }

    var all: [Perceptron] { backbone + [head] }

    /// Ones for every filter and bias.
    var gradients: Gradients {
      var gradients = head.gradients(filter: nil, bias: nil)
      for parameter in parameters where parameter.kind != .statistic {
        gradients[parameter] = Tensor(repeating: 1, shape: parameter.value.shape)
      }
      return gradients
    }

    /// By how much the first number of each perceptron's filter and bias falls.
    func falls(_ step: () -> Void) -> [[Float]] {
      func first() -> [[Float]] { all.map { [$0.filter, $0.bias].map { $0.value.scalars[0] } } }
      let before = first()
      step()
      return zip(before, first()).map { zip($0, $1).map { $0 - $1 } }
    }
  }

  @Test func theLongestPathDecidesWhateverTheOrder() {
    let rules: [ParameterRules.Rule] = [
      .frozen("backbone"), .rate(0.5, "backbone.1"), .rate(4, "backbone.1.bias"), .rate(0.25, "head"),
    ]
    for rules in [rules, rules.reversed()] {
      let network = Network()
      let optimizer = SGD(for: network, rules: ParameterRules(rules))
      let falls = network.falls { optimizer.update(along: network.gradients, rate: 0.5) }
      for (index, fall) in falls.enumerated() {
        let expected: [Float] = index == 1 ? [0.25, 2] : index == 11 ? [0.125, 0.125] : [0, 0]
        // Exact but for the rounding of the weights themselves; backbone.10 is not below backbone.1.
        #expect(zip(fall, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "part \(index): \(fall)")
      }
    }
  }

  static let kinds: [(name: String, make: @Sendable (Network, ParameterRules) -> any Optimizer)] = [
    ("SGD", { SGD(for: $0, rules: $1, momentum: 0.9) }), ("RMSprop", { RMSprop(for: $0, rules: $1) }),
    ("Adam", { Adam(for: $0, rules: $1) }), ("AdamW", { AdamW(for: $0, rules: $1) }),
  ]

  @Test(arguments: 0..<kinds.count) func aFrozenParameterHasNoStateAndIsNotTrainable(kind: Int) {
    let network = Network()
    let rules = ParameterRules([.frozen("backbone"), .rate(1, "backbone.10")])
    let optimizer = Self.kinds[kind].make(network, rules)
    let paths = Set(optimizer.state.map { $0.name.split(separator: ".", maxSplits: 1).last.map(String.init) ?? "" })
    let kept = ["backbone.10.filter", "backbone.10.bias", "norm.scale", "norm.offset", "head.filter", "head.bias"]
    #expect(paths == Set(kept))
    #expect(network.namedParameters.filter { $1.isTrainable }.map(\.name) == kept)
    let before = network.backbone.map(\.bits)
    for _ in 0..<3 { optimizer.update(along: network.gradients, rate: 0.1) }
    let after = network.backbone.map(\.bits)
    #expect(after[..<10] == before[..<10])
    #expect(after[10] != before[10])
  }

  @Test func aRateUnfreezesAndOtherParametersStayAsTheyAre() {
    let network = Network()
    _ = SGD(for: network, rules: ParameterRules([.frozen("backbone")]))
    network.head.bias.isTrainable = false
    let optimizer = SGD(for: network, rules: ParameterRules([.rate(0.1, "backbone.3")]))
    #expect(
      optimizer.state.map(\.name)
        == ["backbone.3.filter", "backbone.3.bias", "norm.scale", "norm.offset", "head.filter"].map { "updates.\($0)" })
  }

  @Test func withoutRulesBitsAreThoseOfAFactorOfOne() {
    let (plain, ruled) = (Network(), Network())
    let optimizers = [
      Adam(for: plain), Adam(for: ruled, rules: ParameterRules([.rate(1, "backbone"), .rate(1, "head")])),
    ]
    for _ in 0..<3 {
      for (optimizer, network) in zip(optimizers, [plain, ruled]) {
        optimizer.update(along: network.gradients, rate: 0.01)
      }
    }
    #expect(plain.all.map(\.bits) == ruled.all.map(\.bits))
  }

  @Test func weightDecayFollowsTheRateOfItsParameter() {
    for (decaysBiases, biasShrinks) in [(true, Float(0.5)), (false, 1)] {
      for isSGD in [true, false] {
        let model = Perceptron()
        let (filter, bias) = (model.filter.value, model.bias.value)
        let rules = ParameterRules([.rate(0.5, "filter")], decaysBiases: decaysBiases)
        let optimizer: any Optimizer =
          isSGD ? SGD(for: model, rules: rules, weightDecay: 0.5) : AdamW(for: model, rules: rules, weightDecay: 0.5)
        optimizer.update(along: model.gradients(filter: .zeros([3, 5]), bias: .zeros([5])), rate: 1)
        #expect(model.filter.value.scalars == filter.scalars.map { $0 * 0.75 })
        #expect(model.bias.value.scalars == bias.scalars.map { $0 * biasShrinks })
      }
    }
  }

  @Test func scalesAndOffsetsOfNormalizationsCountAsBiases() {
    struct Norms: Module {
      let batch = BatchNorm(4)
      let group = GroupNorm(4, groups: 2)
      let layer = LayerNorm(4)
      var description: String { "Norms" }
    }
    let norms = Norms()
    let optimizer = AdamW(for: norms, rules: ParameterRules(decaysBiases: false), weightDecay: 0.5)
    var gradients = Perceptron().gradients(filter: nil, bias: nil)
    for parameter in norms.parameters { gradients[parameter] = .zeros([4]) }
    optimizer.update(along: gradients, rate: 1)
    for scale in [norms.batch.scale, norms.group.scale, norms.layer.scale] {
      #expect(scale.value.scalars == [1, 1, 1, 1])
    }
    _ = AdamW(for: norms, weightDecay: 0.5)
    AdamW(for: norms, weightDecay: 0.5).update(along: gradients, rate: 1)
    #expect(norms.batch.scale.value.scalars == [0.5, 0.5, 0.5, 0.5])
  }

  @Test func everyMistakeIsToldAtOnceAndNothingIsFrozen() {
    let network = Network()
    let rules = ParameterRules([
      .frozen("backbon"), .rate(0.1, "backbone.11"), .rate(0.1, ""), .frozen("norm.runningMean"), .rate(0, "head"),
      .rate(.nan, "head.bias"), .frozen("head"), .rate(-1, "norm"), .rate(.infinity, "norm.scale"),
    ])
    let error = #expect(throws: ParameterRulesError.self) { try rules.check(against: network) }
    #expect(error?.unmatched == ["backbon", "backbone.11", "", "norm.runningMean"])
    #expect(error?.repeated == ["head"])
    #expect(error?.withoutRate == ["head", "head.bias", "norm", "norm.scale"])
    #expect(error?.topLevelNames == ["backbone", "norm", "head"])
    #expect(
      error?.description
        == "the rules for parameters do not fit the model: no parameter at or below \"backbon\", \"backbone.11\", \"\", "
        + "\"norm.runningMean\"; the model has backbone, norm, head; more than one rule for \"head\"; the multiple of "
        + "the learning rate must be above 0 for \"head\", \"head.bias\", \"norm\", \"norm.scale\"")
    #expect(network.parameters.count { !$0.isTrainable } == 2)
  }

  @Test func nothingLeftToTrainIsAMistake() throws {
    let network = Network()
    let most = ParameterRules([.frozen("backbone"), .frozen("head")])
    try most.check(against: network)
    let all = ParameterRules([.frozen("backbone"), .frozen("head"), .frozen("norm")])
    let error = #expect(throws: ParameterRulesError.self) { try all.check(against: network) }
    #expect(error?.description == "the rules for parameters do not fit the model: nothing is left to train")
    for parameter in network.parameters { parameter.isTrainable = false }
    #expect(throws: ParameterRulesError.self) { try most.check(against: network) }
    try ParameterRules([.rate(1, "head.bias")]).check(against: network)
    try ParameterRules().check(against: network)
  }

  @Test func anOptimizerStopsAtRulesThatDoNotFit() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RMSprop(for: Perceptron(), rules: ParameterRules([.frozen("filters")]))
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    #expect(
      message?.contains(
        "RMSprop: the rules for parameters do not fit the model: no parameter at or below \"filters\"; the model has "
          + "filter, bias") == true)
  }
}
