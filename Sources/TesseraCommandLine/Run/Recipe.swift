import Foundation
import Tessera

/// The options of learning as a run uses them: with all defaults filled in, and nothing without effect.
package struct Recipe: Encodable, Sendable, Equatable {
  let optimizer: OptimizerName
  let learningRate: Double
  let schedule: ScheduleName
  let warmUp: Int
  /// What the schedule is stretched over; only where its shape depends on it.
  let scheduleSteps: Int?
  let finalRate: Double?
  let decayFactor: Double?
  let decaySteps: Int?
  let plateauPatience: Int?
  let accumulate: Int
  let clipNorm: Double?
  let clipValue: Double?
  let averageDecay: Double?
  let weightDecay: Double?
  let decaysBiases: Bool?
  let freeze: [String]
  let rateOf: [String: Double]
  let classWeights: [Double]?
  let labelSmoothing: Float

  /// - Parameters:
  ///   - stepsPerEpoch: optimizer steps.
  ///   - classes: the data set's, which class weights are for.
  /// - Throws: `RecipeError`, or `ClassWeightsError` if weights do not fit the classes.
  init(_ options: TrainingOptions, stepsPerEpoch: Int, classes: LabelSpace) throws {
    let recipe = options.recipe
    let steps = options.epochs * stepsPerEpoch
    func only<Value>(_ value: Value, for schedules: ScheduleName...) -> Value? {
      schedules.contains(recipe.schedule) ? value : nil
    }
    optimizer = options.optimizer
    learningRate = options.learningRate
    schedule = recipe.schedule
    warmUp = recipe.warmUp ?? (schedule == .oneCycle ? max(1, steps * 3 / 10) : 0)
    scheduleSteps = only(steps, for: .cosine, .polynomial, .oneCycle)
    finalRate = only(recipe.finalRate, for: .cosine, .polynomial, .restarts, .plateau)
    decayFactor = only(recipe.decayFactor, for: .step, .exponential, .plateau)
    decaySteps = only(recipe.decaySteps ?? stepsPerEpoch, for: .step, .exponential, .restarts)
    plateauPatience = only(recipe.plateauPatience, for: .plateau)
    accumulate = recipe.accumulate
    clipNorm = recipe.clipNorm
    clipValue = recipe.clipValue
    averageDecay = recipe.averageDecay
    let decays = optimizer == .adamw || optimizer == .sgd
    if recipe.weightDecay != nil && !decays { throw RecipeError.decayWithout(optimizer) }
    weightDecay = decays ? recipe.weightDecay ?? (optimizer == .adamw ? 0.004 : 0) : nil
    decaysBiases = decays ? !recipe.noBiasDecay : nil
    freeze = Set(recipe.freeze).sorted()
    rateOf = Dictionary(recipe.rateOf.map { ($0.name, $0.factor) }) { _, last in last }
    classWeights = try recipe.classWeights.map { text in
      try ClassWeightList(text).weights
    }
    _ = try classWeights.map(classes.classWeights)
    labelSmoothing = recipe.labelSmoothing
    if schedule == .oneCycle, steps < 2 { throw RecipeError.runTooShort(schedule, steps: steps) }
    if let scheduleSteps, warmUp >= scheduleSteps { throw RecipeError.warmUpTooLong(warmUp, steps: scheduleSteps) }
    if let finalRate, finalRate > learningRate { throw RecipeError.rising(finalRate, from: learningRate) }
  }

  private var rules: ParameterRules {
    ParameterRules(
      freeze.map { .frozen($0) } + rateOf.sorted { $0.key < $1.key }.map { .rate($0.value, $0.key) },
      decaysBiases: decaysBiases ?? true)
  }

  /// - Throws: `ParameterRulesError` if the model lacks a name of the rules.
  func check(_ model: any SegmentationModel) throws { try rules.check(against: model) }

  /// - Parameter model: fits the rules.
  func makeOptimizer(for model: any SegmentationModel) -> any Optimizer {
    switch optimizer {
    case .adam: Adam(for: model, rules: rules)
    case .adamw: AdamW(for: model, rules: rules, weightDecay: weightDecay)
    case .rmsprop: RMSprop(for: model, rules: rules)
    case .sgd: SGD(for: model, rules: rules, momentum: 0.9, weightDecay: weightDecay ?? 0)
    }
  }

  func makeSchedule(stepsPerEpoch: Int) -> LearningRateSchedule {
    let (rate, steps, end) = (learningRate, scheduleSteps ?? 0, finalRate ?? 0)
    let (factor, every) = (decayFactor ?? 0, decaySteps ?? 1)
    return switch schedule {
    case .constant: .constant(rate, warmUp: warmUp)
    case .cosine: .cosine(from: rate, to: end, over: steps, warmUp: warmUp)
    case .polynomial: .polynomial(from: rate, to: end, over: steps, warmUp: warmUp)
    case .step: .step(from: rate, by: factor, every: every, warmUp: warmUp)
    case .exponential: .exponential(from: rate, decay: factor, every: every, warmUp: warmUp)
    case .oneCycle: .oneCycle(peak: rate, over: steps, warmUp: warmUp)
    case .restarts: .restarts(from: rate, to: end, first: every, warmUp: warmUp)
    case .plateau:
      .onPlateau(
        from: rate, factor: factor, patience: plateauPatience ?? 0, least: end, warmUp: warmUp,
        stepsPerEpoch: stepsPerEpoch)
    }
  }

  func makeStep(for model: any SegmentationModel) -> TrainingStep {
    TrainingStep(
      batches: accumulate, clipping: clipNorm.map { .norm($0) } ?? clipValue.map { .value($0) },
      average: averageDecay.map { WeightAverage(of: model, decay: $0, warmsUp: true) })
  }

  var loss: Trainer.Loss {
    let weights = classWeights.map { Tensor($0.map { Float($0) }) }
    let smoothing = labelSmoothing
    return { crossEntropy($0, $1, classWeights: weights, labelSmoothing: smoothing) }
  }
}

/// Why a recipe cannot be followed.
package enum RecipeError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case decayWithout(OptimizerName)
  case warmUpTooLong(Int, steps: Int)
  case runTooShort(ScheduleName, steps: Int)
  /// The rate would end above where it begins.
  case rising(Double, from: Double)
  case classWeight(String, at: Int)
  case classWeightsUnreadable(String, reason: String)

  package var description: String {
    switch self {
    case .decayWithout(let optimizer):
      "--weight-decay has no effect with \(optimizer.rawValue); choose --optimizer adamw or sgd"
    case .warmUpTooLong(let warmUp, let steps):
      "--warm-up \(warmUp) is not shorter than the run, which has \(steps) steps; lower it"
    case .runTooShort(let schedule, let steps):
      "--schedule \(schedule.rawValue) rises and falls, and the run has \(steps) step; raise --epochs or "
        + "--steps-per-epoch"
    case .rising(let final, let rate):
      "--final-rate \(final) is above --learning-rate \(rate), from which rates fall; lower it"
    case .classWeight(let text, let place):
      "--class-weights: number \(place), '\(text)', is not a number"
    case .classWeightsUnreadable(let path, let reason):
      "--class-weights: \(path) is not a list of numbers and cannot be read as a file: \(reason)"
    }
  }
  package var errorDescription: String? { description }
}
