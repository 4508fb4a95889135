import Foundation
import Tessera

/// The options of learning as a run uses them, and what follows from them.
struct Recipe {
  /// The run's, with all defaults filled in.
  let options: TrainingOptions
  /// What the schedule is stretched over; only where its shape depends on it.
  let scheduleSteps: Int?

  /// - Parameters:
  ///   - stepsPerEpoch: optimizer steps.
  ///   - classes: the data set's, which class weights are for.
  ///   - survey: of the training masks, which class weights may follow from.
  /// - Throws: `RecipeError`, or `ClassWeightsError` if weights do not fit the classes.
  init(
    _ chosen: TrainingOptions, stepsPerEpoch: Int, classes: LabelSpace, survey: () throws -> DatasetSurvey
  ) throws {
    // What earlier versions accepted is no reason not to continue their runs.
    if !chosen.resume, let sentence = chosen.ineffective.first { throw RecipeError.withoutEffect(sentence) }
    let (schedule, steps) = (chosen.schedule, chosen.epochs * stepsPerEpoch)
    let warmUp = chosen.warmUp ?? (schedule == .oneCycle ? max(1, steps * 3 / 10) : 0)
    var options = chosen
    options.warmUp = warmUp
    options.decaySteps = chosen.decaySteps ?? stepsPerEpoch
    options.weightDecay = chosen.weightDecay ?? (chosen.optimizer == .adamw ? 0.004 : 0)
    options.classWeights?.numbers = try chosen.classWeights?.numbers(for: classes, survey: survey)
    self.options = options
    scheduleSteps = [.cosine, .polynomial, .oneCycle].contains(schedule) ? steps : nil
    if schedule == .oneCycle, steps < 2 { throw RecipeError.runTooShort(schedule, steps: steps) }
    if let scheduleSteps, warmUp >= scheduleSteps { throw RecipeError.warmUpTooLong(warmUp, steps: scheduleSteps) }
    if options.finalRate > options.learningRate {
      throw RecipeError.rising(options.finalRate, from: options.learningRate)
    }
  }

  private var rules: ParameterRules {
    ParameterRules(
      Set(options.freeze).sorted().map { .frozen($0) }
        + options.rateOf.sorted { $0.key < $1.key }.map { .rate($0.value, $0.key) },
      decaysBiases: options.decaysBiases)
  }

  /// - Throws: `ParameterRulesError` if the model lacks a name of the rules, `RankError` if there is nothing to
  ///   synchronize.
  func check(_ model: any SegmentationModel) throws {
    try rules.check(against: model)
    if options.synchronizesBatchNorm {
      try model.requireSynchronizable(batches: options.accumulate, ranks: Ranks.current?.group.rankCount ?? 1)
    }
  }

  /// - Parameter model: fits the rules.
  func makeOptimizer(for model: any SegmentationModel) -> any Optimizer {
    switch options.optimizer {
    case .adam: Adam(for: model, rules: rules)
    case .adamw: AdamW(for: model, rules: rules, weightDecay: options.weightDecay)
    case .rmsprop: RMSprop(for: model, rules: rules)
    case .sgd: SGD(for: model, rules: rules, momentum: 0.9, weightDecay: options.weightDecay ?? 0)
    }
  }

  func makeSchedule(stepsPerEpoch: Int) -> LearningRateSchedule {
    let (rate, warmUp, steps) = (options.learningRate, options.warmUp ?? 0, scheduleSteps ?? 0)
    let (end, factor, every) = (options.finalRate, options.decayFactor, options.decaySteps ?? 1)
    return switch options.schedule {
    case .constant: .constant(rate, warmUp: warmUp)
    case .cosine: .cosine(from: rate, to: end, over: steps, warmUp: warmUp)
    case .polynomial: .polynomial(from: rate, to: end, over: steps, warmUp: warmUp)
    case .step: .step(from: rate, by: factor, every: every, warmUp: warmUp)
    case .exponential: .exponential(from: rate, decay: factor, every: every, warmUp: warmUp)
    case .oneCycle: .oneCycle(peak: rate, over: steps, warmUp: warmUp)
    case .restarts: .restarts(from: rate, to: end, first: every, warmUp: warmUp)
    case .plateau:
      .onPlateau(
        from: rate, factor: factor, patience: options.plateauPatience, least: end, warmUp: warmUp,
        stepsPerEpoch: stepsPerEpoch)
    }
  }

  /// - Parameters:
  ///   - memory: how a step takes less memory.
  ///   - trial: the batches of a step of one process, where it is not that of the run.
  func makeStep(
    for model: any SegmentationModel, _ memory: MemorySaving, trialOf trial: Int? = nil
  ) -> TrainingStep {
    TrainingStep(
      batches: trial ?? options.accumulate,
      clipping: options.clipNorm.map { .norm($0) } ?? options.clipValue.map { .value($0) },
      average: options.averageDecay.map { WeightAverage(of: model, decay: $0, warmsUp: true) },
      synchronizesBatchNorm: options.synchronizesBatchNorm && trial == nil, memory: memory)
  }

  private var classWeights: Tensor? { options.classWeights?.numbers.map { Tensor($0.map { Float($0) }) } }

  var loss: Trainer.Loss {
    let (loss, weights, smoothing) = (options.loss, classWeights, options.labelSmoothing)
    return { loss($0, $1, classWeights: weights, labelSmoothing: smoothing) }
  }

  /// - Parameter teacher: made with the options' weight and temperature.
  func teaching(by teacher: Teacher) -> Teaching {
    let (loss, weights, smoothing) = (options.loss, classWeights, options.labelSmoothing)
    return Teaching(by: teacher) { loss($0, $1, classWeights: weights, labelSmoothing: smoothing, teacher: $2) }
  }
}

/// Why a recipe cannot be followed.
package enum RecipeError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// An option that another one takes the effect away from, in a sentence.
  case withoutEffect(String)
  case warmUpTooLong(Int, steps: Int)
  case runTooShort(ScheduleName, steps: Int)
  /// The rate would end above where it begins.
  case rising(Double, from: Double)
  case classWeight(String, at: Int)
  case classWeightsUnreadable(String, reason: String)

  package var description: String {
    switch self {
    case .withoutEffect(let sentence): sentence
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
      "--class-weights: \(path) is not a list of numbers and cannot be read as a file: \(reason); give numbers, a file of "
        + "them, or one of \(ClassWeighting.examples.map(\.rawValue).joined(separator: ", "))"
    }
  }
  package var errorDescription: String? { description }
}
