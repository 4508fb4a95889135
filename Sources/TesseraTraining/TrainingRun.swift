import TesseraAutograd
import TesseraDatasets
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors

/// A run of a trainer: the loop over steps, and how far it has come.
struct TrainingRun<Training: BatchSource> {
  let trainer: Trainer
  let training: Training
  let validation: (any BatchSource)?
  /// All of the model's, statistics included.
  private let allParameters: [Parameter]
  /// Where they are in that list.
  let parameterIndices: [ObjectIdentifier: Int]
  /// Those that are trained.
  let parameters: [Parameter]
  /// How the ranks divide them.
  let division: ParameterDivision
  /// Those that other ranks have changed and that are on their way.
  let weights: TravelingWeights
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var mark: ContinuousClock.Instant
  /// In steps: their number, their time, and what was exchanged in it.
  private var (steps, stepTime) = (0, Duration.zero)
  private var traffic = RankTraffic()
  var position = TrainingPosition()
  var reports: [EpochReport] = []
  /// Why the run is over before its last epoch.
  var ending: TrainingOutcome.Ending?

  /// - Throws: `RankError`.
  init(of trainer: Trainer, over training: Training, _ validation: (any BatchSource)?) throws {
    self.trainer = trainer
    self.training = training
    self.validation = validation
    let (batches, ranks) = (trainer.step.batches, trainer.group.rankCount)
    guard batches % ranks == 0 else { throw RankError.uneven(batches: batches, ranks: ranks) }
    if trainer.step.synchronizesBatchNorm {
      try trainer.model.requireSynchronizable(batches: batches, ranks: ranks)
    }
    allParameters = trainer.model.parameters
    parameterIndices = Dictionary(uniqueKeysWithValues: allParameters.enumerated().map { (ObjectIdentifier($1), $0) })
    parameters = allParameters.filter(\.isTrainable)
    division = ParameterDivision(
      of: parameters.map(\.shape.elementCount), among: ranks, bucketing: trainer.group.bucketLength)
    weights = TravelingWeights(of: parameters, divided: division, in: trainer.group)
    // Weights that nobody has requested yet are drawn now, outside the first step's time and memory.
    trainer.model.makeParameters()
    start = clock.now
    mark = start
  }

  var group: RankGroup { trainer.group }
  private var batchesInStep: Int { trainer.step.batches }
  var stepsPerEpoch: Int { (training.batchesPerEpoch + batchesInStep - 1) / batchesInStep }

  func plan(epochs: Int) -> TrainingPlan {
    TrainingPlan(
      epochs: epochs, stepsPerEpoch: stepsPerEpoch, stepsDone: position.step, completed: reports)
  }

  /// What came of the run, as all ranks know it.
  func outcome() throws -> TrainingOutcome {
    let steps = Double(max(1, steps))
    let time = TrainingOutcome.RankTime(
      computing: (stepTime - traffic.waiting).seconds / steps, waiting: traffic.waiting.seconds / steps,
      exchanging: traffic.exchanging.seconds / steps, bytesSent: Double(traffic.bytesSent) / steps)
    return TrainingOutcome(
      reports: reports, ending: ending ?? .completed, steps: position.step,
      rankTimes: group.isAlone ? [] : try group.agree(on: .success(time)))
  }

  /// The rest of an epoch: its steps, then validation.
  mutating func trainEpoch(isolation: isolated (any Actor)?) async throws {
    do {
      try await trainSteps(isolation: isolation)
    } catch is TimeIsUp {
      ending = .outOfTime(step: position.step)
      return try offer { try trainer.tell { try $0.canSave(at: .timeLimit, snapshot) } }
    }
    try await endEpoch(isolation: isolation)
  }

  private mutating func trainSteps(isolation: isolated (any Actor)?) async throws {
    mark = clock.now
    trainer.warnings.startEpoch(of: trainer.observers)
    let skipped = min(position.stepInEpoch * batchesInStep, training.batchesPerEpoch)
    var batches = EpochReader(training, epoch: position.epoch, skipping: skipped, sharedBy: group)
    // How the step before went on here. The others learn it with the next batch: ranks do not meet in between.
    var last: Result<Void, any Error> = Result { try Task.checkCancellation() }
    while position.stepInEpoch < stepsPerEpoch {
      let report = try await trainStep(&batches, after: last, isolation: isolation)
      last = Result {
        if let report { try trainer.tell { try $0.stepEnded(report) } }
        // After an epoch's last step there is a better moment soon: when its validation is done.
        if position.stepInEpoch < stepsPerEpoch { try trainer.tell { try $0.canSave(at: .step, snapshot) } }
        try Task.checkCancellation()
        if let limit = trainer.limits.time, group.isLeader, clock.now - start >= limit { throw TimeIsUp() }
      }
    }
    _ = try agree(on: last.map { RankGroup.Done() })
  }

  /// One step: forward, loss and backward for each of its batches, then the update. A step whose pixels are all void
  /// changes nothing and is not reported.
  ///
  /// - Parameter last: how the step before went on.
  private mutating func trainStep(
    _ batches: inout EpochReader<Training>, after last: Result<Void, any Error>, isolation: isolated (any Actor)?
  ) async throws -> StepReport? {
    let start = clock.now
    _ = group.takeTraffic()
    let rate = trainer.schedule(position.step, scores: reports.map(\.score))
    var gradients = StepGradients(of: parameters, divided: division, in: group)
    var total = PixelTotal()
    var (names, moves): ([String], [BatchOutcome.Moves]) = ([], [])
    var waited = Duration.zero
    for round in 0..<batchesInStep / group.rankCount {
      let asked = clock.now
      let read = await Result.catching {
        if round == 0 { try last.get() }
        return try await batches.next(isolation: isolation)
      }
      waited += clock.now - asked
      let shared = try sharedBatch(read)
      let number = round * group.rankCount + group.rank
      let pass = read.map { $0.map { TrainingPass(of: $0, number, in: self, with: shared) } }
      if let failure = shared?.failure { throw failure }
      let outcomes = try agree(on: pass.map { $0?.outcome })
      for outcome in outcomes.compactMap(\.self) {
        total.add(outcome)
        names += outcome.names
        moves.append(outcome.moves)
        // A rehearsal has no numbers.
        guard outcome.counted == 0 || outcome.loss.isFinite || ComputeContext.current.isRehearsing else {
          throw TrainingError.lossIsNotFinite(loss: outcome.loss, step: position.step + 1, learningRate: rate)
        }
      }
      try gradients.add(pass.get(), weights: outcomes.map { $0?.gradientWeight ?? 0 }, sharing: shared)
    }
    // Only now: a step that is not finished leaves nothing behind.
    for move in moves { move.apply(to: allParameters) }
    if gradients.weight > 0 { try update(along: gradients, rate: rate) }
    try position.advance(total, samples: names)
    // After an epoch's last step others than passes look at the weights.
    if position.stepInEpoch == stepsPerEpoch { try weights.settle() }
    let report = StepReport(
      epoch: position.epoch + 1, step: position.step, stepInEpoch: position.stepInEpoch, loss: total.loss,
      accuracy: total.accuracy, learningRate: rate, images: names.count, seconds: (clock.now - start).seconds,
      dataSeconds: waited.seconds, parts: total.parts)
    countTime()
    steps += 1
    stepTime += clock.now - start
    traffic.add(group.takeTraffic())
    return total.counted > 0 ? report : nil
  }

  /// The batches of a round as one to batch normalization; `nil` if each is by itself.
  ///
  /// - Parameter read: this rank's batch. Nobody begins a pass, in which ranks wait for each other, before all have
  ///   theirs.
  private func sharedBatch(_ read: Result<Batch?, any Error>) throws -> SharedBatch? {
    guard trainer.step.synchronizesBatchNorm else { return nil }
    let exists = try agree(on: read.map { $0 != nil })
    return SharedBatch(of: exists.indices.filter { exists[$0] }, in: group)
  }

  /// Changes the weights along the step's gradients.
  private func update(along gradients: StepGradients, rate: Double) throws {
    // The pass has asked for most of them.
    try weights.settle()
    let (mean, norm) = try gradients.mean(withNorm: trainer.step.needsNorm)
    var direction = trainer.step.clipped(mean, of: parameters, norm: norm)
    if position.stepInEpoch + 1 == stepsPerEpoch {
      let whole = try whole(direction, at: [0])
      try group.agree {
        try trainer.tell { try $0.lastStepFound(whole, of: trainer.model, step: position.step + 1) }
      }
    }
    if trainer.optimizer is any DivisibleOptimizer, !group.isAlone {
      // In the order in which the next pass asks for them.
      for bucket in division.buckets.reversed() {
        var part = Gradients()
        for index in bucket { part[parameters[index]] = direction[parameters[index]] }
        trainer.optimizer.update(along: part, rate: rate)
        weights.send(bucket)
      }
    } else {
      direction = try whole(direction, at: Array(0..<group.rankCount))
      trainer.optimizer.update(along: direction, rate: rate)
    }
    trainer.step.average?.update()
  }

  /// Validates with averaged weights if there are any, and moves on to the next epoch.
  private mutating func endEpoch(isolation: isolated (any Actor)?) async throws {
    if let average = trainer.step.average {
      try await average.withAveragedWeights { try await validate(isolation: isolation) }
    } else {
      try await validate(isolation: isolation)
    }
    try offer { try trainer.tell { try $0.canSave(at: .epoch, snapshot) } }
    ending = trainer.limits.lostPatience(after: reports).map { .outOfPatience(best: $0) }
  }

  private mutating func validate(isolation: isolated (any Actor)?) async throws {
    var validated: ValidationReport?
    if let validation {
      validated = try await trainer.validate(on: validation, epoch: position.epoch + 1, isolation: isolation)
    }
    countTime()
    let report = EpochReport(
      epoch: position.epoch + 1, step: position.step, loss: position.total.loss, accuracy: position.total.accuracy,
      validation: validated, seconds: position.secondsInEpoch)
    reports.append(report)
    position.endEpoch()
    try group.agree { try trainer.tell { try $0.epochEnded(report, model: trainer.model) } }
  }

  private mutating func countTime() {
    let now = clock.now
    position.secondsInEpoch += (now - mark).seconds
    mark = now
  }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
