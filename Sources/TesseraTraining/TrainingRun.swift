import TesseraAutograd
import TesseraDatasets
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors

/// A run of a trainer: the loop over steps, and how far it has come.
struct TrainingRun<Training: BatchSource> {
  private let trainer: Trainer
  private let training: Training
  private let validation: (any BatchSource)?
  private let parameters: [Parameter]
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var mark: ContinuousClock.Instant
  private(set) var position = TrainingPosition()
  private(set) var reports: [EpochReport] = []
  /// Why the run is over before its last epoch.
  private(set) var ending: TrainingOutcome.Ending?

  init(of trainer: Trainer, over training: Training, _ validation: (any BatchSource)?) {
    self.trainer = trainer
    self.training = training
    self.validation = validation
    parameters = trainer.model.parameters.filter(\.isTrainable)
    // Weights that nobody has requested yet are drawn now, outside the first step's time and memory.
    trainer.model.makeParameters()
    start = clock.now
    mark = start
  }

  private var batchesInStep: Int { trainer.step.batches }
  private var stepsPerEpoch: Int { (training.batchesPerEpoch + batchesInStep - 1) / batchesInStep }

  func plan(epochs: Int) -> TrainingPlan {
    TrainingPlan(
      epochs: epochs, stepsPerEpoch: stepsPerEpoch, stepsDone: position.step, completed: reports)
  }

  var outcome: TrainingOutcome {
    TrainingOutcome(reports: reports, ending: ending ?? .completed, steps: position.step)
  }

  /// Goes back to where another process was.
  mutating func resume(from snapshot: TrainingSnapshot) throws {
    guard snapshot.randomKey == trainer.random.key else { throw TrainingError.otherSeed }
    try trainer.optimizer.load(state: snapshot.optimizerState)
    try trainer.step.average?.load(state: snapshot.averageState)
    for observer in trainer.observers {
      if let name = observer.memory?.name, let bytes = snapshot.observers[name] { try observer.resume(from: bytes) }
    }
    guard snapshot.position.stepInEpoch <= stepsPerEpoch else {
      throw TrainingError.otherSteps(stepInEpoch: snapshot.position.stepInEpoch, stepsPerEpoch: stepsPerEpoch)
    }
    position = snapshot.position.resumed
    reports = snapshot.reports
    ending = trainer.limits.lostPatience(after: reports).map { .outOfPatience(best: $0) }
  }

  /// Everything that the rest of the run depends on.
  ///
  /// - Throws: `TrainingError.weightsAreNotFinite`, so no sound checkpoint is replaced by a broken one.
  func snapshot() throws -> TrainingSnapshot {
    let memories = try trainer.observers.compactMap(\.memory).map { ($0.name, try $0.bytes()) }
    let snapshot = TrainingSnapshot(
      model: trainer.model, position: position, reports: reports, randomKey: trainer.random.key,
      optimizerState: trainer.optimizer.state, averageState: trainer.step.average?.state ?? [],
      observers: Dictionary(memories) { first, _ in first })
    guard snapshot.isFinite else { throw TrainingError.weightsAreNotFinite(step: position.step) }
    return snapshot
  }

  /// The rest of an epoch: its steps, then validation.
  mutating func trainEpoch(isolation: isolated (any Actor)?) async throws {
    try Task.checkCancellation()
    mark = clock.now
    trainer.warnings.startEpoch(of: trainer.observers)
    let skipped = min(position.stepInEpoch * batchesInStep, training.batchesPerEpoch)
    var batches = EpochReader(training, epoch: position.epoch, skipping: skipped)
    while position.stepInEpoch < stepsPerEpoch {
      try await trainStep(&batches, isolation: isolation)
      // After an epoch's last step there is a better moment soon: when its validation is done.
      if position.stepInEpoch < stepsPerEpoch { try trainer.tell { try $0.canSave(at: .step, snapshot) } }
      try Task.checkCancellation()
      if let limit = trainer.limits.time, clock.now - start >= limit {
        ending = .outOfTime(step: position.step)
        return try trainer.tell { try $0.canSave(at: .timeLimit, snapshot) }
      }
    }
    try await endEpoch(isolation: isolation)
  }

  /// One step: forward, loss and backward for each of its batches, then the update. A step whose pixels are all void
  /// changes nothing and is not reported.
  private mutating func trainStep(
    _ batches: inout EpochReader<Training>, isolation: isolated (any Actor)?
  ) async throws {
    let start = clock.now
    let rate = trainer.schedule(position.step, scores: reports.map(\.score))
    var gradients = GradientSum()
    var total = PixelTotal()
    var names: [String] = []
    var waited = Duration.zero
    for number in 0..<batchesInStep {
      let asked = clock.now
      guard let batch = try await batches.next(isolation: isolation) else { break }
      waited += clock.now - asked
      names += batch.names
      try add(batch, number, rate: rate, to: &gradients, &total)
    }
    if gradients.weight > 0 {
      let direction = trainer.step.clipped(gradients.mean, of: parameters)
      if position.stepInEpoch + 1 == stepsPerEpoch {
        try trainer.tell { try $0.lastStepFound(direction, of: trainer.model, step: position.step + 1) }
      }
      trainer.optimizer.update(along: direction, rate: rate)
      trainer.step.average?.update()
    }
    try position.advance(total, samples: names)
    let report = StepReport(
      epoch: position.epoch + 1, step: position.step, stepInEpoch: position.stepInEpoch, loss: total.loss,
      accuracy: total.accuracy, learningRate: rate, images: names.count, seconds: (clock.now - start).seconds,
      dataSeconds: waited.seconds, parts: total.parts)
    countTime()
    if total.counted > 0 { try trainer.tell { try $0.stepEnded(report) } }
  }

  /// Adds a batch's loss and its gradients, weighted by what it counts.
  private func add(
    _ batch: Batch, _ number: Int, rate: Double, to gradients: inout GradientSum, _ total: inout PixelTotal
  ) throws {
    // The first batch's stream is the step's own: a step of one batch draws as it always did.
    let stream = trainer.random.derived("step", position.step)
    let tape = Tape(random: number == 0 ? stream : stream.derived("batch", number))
    let loss = trainer.loss(of: trainer.model.trainingLogits(of: batch.images, on: tape), batch.masks)
    total.add(loss)
    // A crop may be entirely void: nothing to learn, and no reason to lose a long run.
    guard loss.counted > 0 else { return }
    guard loss.mean.value.item.isFinite else {
      throw TrainingError.lossIsNotFinite(loss: loss.mean.value.item, step: position.step + 1, learningRate: rate)
    }
    gradients.add(tape.gradients(of: loss.mean), weight: loss.weight)
  }

  /// Validates with averaged weights if there are any, and moves on to the next epoch.
  private mutating func endEpoch(isolation: isolated (any Actor)?) async throws {
    if let average = trainer.step.average {
      try await average.withAveragedWeights { try await validate(isolation: isolation) }
    } else {
      try await validate(isolation: isolation)
    }
    try trainer.tell { try $0.canSave(at: .epoch, snapshot) }
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
    try trainer.tell { try $0.epochEnded(report, model: trainer.model) }
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
