import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors

/// Trains a segmentation network, validates it behind each epoch, and tells observers.
///
/// ```swift
/// let trainer = Trainer(
///   model, optimizer: Adam(for: model), schedule: .constant(0.001), random: RandomStream(seed: 1),
///   observers: [ProgressBar(), try CheckpointKeeper(in: folder, labelSpace: space, imageSize: 128)])
/// let reports = try await trainer.fit(training, validatingOn: validation, epochs: 10)
/// ```
/// The loop is short on purpose: copy it where you need another one.
public struct Trainer {
  /// Maps logits and true masks to a loss over counted pixels.
  public typealias Loss = (_ logits: Variable, _ masks: MaskBatch) -> PixelLoss

  /// The network that is trained, in place.
  public let model: any SegmentationModel
  /// Changes the weights.
  public let optimizer: any Optimizer
  /// The learning rate of each step, counted from 0.
  public let schedule: LearningRateSchedule
  /// What is made small.
  public let loss: Loss
  /// Who is told, in this order.
  public let observers: [any TrainingObserver]
  /// The label space of the metrics, where it differs from the masks' own: official metrics leave void out even in a
  /// run that trains on it.
  public let metricSpace: LabelSpace?
  private let random: RandomStream

  /// - Parameters:
  ///   - schedule: the learning rate of each step, counted from 0.
  ///   - loss: the mean cross-entropy of pixels that are not void by default.
  ///   - random: where dropout draws from.
  public init(
    _ model: any SegmentationModel, optimizer: any Optimizer, schedule: LearningRateSchedule,
    loss: @escaping Loss = { crossEntropy($0, $1) }, random: RandomStream = RandomStream(seed: 0),
    metricSpace: LabelSpace? = nil, observers: [any TrainingObserver] = []
  ) {
    self.model = model
    self.optimizer = optimizer
    self.schedule = schedule
    self.loss = loss
    self.metricSpace = metricSpace
    self.random = random.derived("training")
    self.observers = observers
  }

  /// Trains for `epochs` epochs of `training`.
  ///
  /// - Returns: a report for each epoch.
  /// - Throws: `TrainingError`, what reading data or an observer throws, or `CancellationError`, each after observers
  ///   have kept what is worth keeping.
  @discardableResult
  public func fit(
    _ training: DataLoader, validatingOn validation: DataLoader? = nil, epochs: Int,
    isolation: isolated (any Actor)? = #isolation
  ) async throws -> [EpochReport] {
    let plan = TrainingPlan(epochs: epochs, stepsPerEpoch: training.batchesPerEpoch, batchSize: training.batchSize)
    for observer in observers { try observer.trainingStarts(plan) }
    var reports: [EpochReport] = []
    var position = Position()
    do {
      for epoch in 0..<epochs {
        let report = try await train(training, validation, epoch: epoch, from: &position, isolation: isolation)
        reports.append(report)
        for observer in observers { try observer.epochEnded(report, model: model) }
      }
    } catch let error as CancellationError {
      // Wherever the run was, in a step, waiting for data or validating: weights change between these only.
      for observer in observers { try observer.trainingInterrupted(step: position.step, model: model) }
      throw error
    } catch {
      let keepsWeights = (error as? TrainingError)?.leavesWeightsSound ?? true
      if position.step > 0 && keepsWeights {
        // The first error is the one to tell, whatever goes wrong now.
        for observer in observers { try? observer.trainingFailed(step: position.step, model: model) }
      }
      throw error
    }
    for observer in observers { try observer.trainingEnded(reports) }
    return reports
  }

  /// One epoch: its steps, then validation. A step whose pixels are all void changes nothing and is not reported.
  private func train(
    _ training: DataLoader, _ validation: DataLoader?, epoch: Int, from position: inout Position,
    isolation: isolated (any Actor)?
  ) async throws -> EpochReport {
    let clock = ContinuousClock()
    let start = clock.now
    var total = PixelTotal()
    var stepStart = start
    var stepInEpoch = 0
    let batches = training.epoch(epoch).makeAsyncIterator()
    while let batch = try await batches.next() {
      let dataSeconds = (clock.now - stepStart).seconds
      let rate = schedule(position.step)
      let loss = try update(batch, step: position.step, rate: rate)
      try position.advance(counted: loss.counted, batch)
      stepInEpoch += 1
      total.add(loss)
      let now = clock.now
      let report = StepReport(
        epoch: epoch + 1, step: position.step, stepInEpoch: stepInEpoch, loss: loss.mean.value.item,
        accuracy: loss.accuracy, learningRate: rate, images: batch.images.shape[0],
        seconds: (now - stepStart).seconds, dataSeconds: dataSeconds)
      if loss.counted > 0 { for observer in observers { try observer.stepEnded(report) } }
      try Task.checkCancellation()
      stepStart = now
    }
    let validated = try await validate(on: validation, epoch: epoch + 1, isolation: isolation)
    return EpochReport(
      epoch: epoch + 1, step: position.step, loss: total.loss, accuracy: total.accuracy, validation: validated,
      seconds: (clock.now - start).seconds)
  }

  /// One step: forward, loss, backward, update.
  private func update(_ batch: Batch, step: Int, rate: Double) throws -> PixelLoss {
    let tape = Tape(random: random.derived("step", step))
    let loss = loss(model(tape.input(model.normalization(batch.images))), batch.masks)
    // A crop may be void altogether: nothing to learn, and no reason to lose a long run.
    guard loss.counted > 0 else { return loss }
    guard loss.mean.value.item.isFinite else {
      throw TrainingError.lossIsNotFinite(loss: loss.mean.value.item, step: step + 1, learningRate: rate)
    }
    optimizer.update(along: tape.gradients(of: loss.mean), rate: rate)
    return loss
  }
}

/// How far a run is.
private struct Position {
  /// Steps done.
  private(set) var step = 0
  private var voidInARow = 0

  /// So many steps in a row without a counted pixel are a mistake in the void value, not chance.
  private static let mostVoidSteps = 3

  mutating func advance(counted: Int, _ batch: Batch) throws(TrainingError) {
    step += 1
    voidInARow = counted == 0 ? voidInARow + 1 : 0
    if voidInARow == Self.mostVoidSteps {
      throw .nothingCounted(steps: voidInARow, step: step, samples: batch.names)
    }
  }
}

/// Sums from which the mean over all counted pixels of several batches follows.
struct PixelTotal {
  private var lossSum = 0.0
  private var counted = 0
  private var correct = 0

  mutating func add(_ loss: PixelLoss) {
    lossSum += Double(loss.mean.value.item) * Double(loss.counted)
    counted += loss.counted
    correct += loss.correct
  }

  var loss: Float { counted == 0 ? 0 : Float(lossSum / Double(counted)) }
  var accuracy: Float { counted == 0 ? 0 : Float(correct) / Float(counted) }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
