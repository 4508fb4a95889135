import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors

/// Trains a segmentation network, validates it after each epoch, and tells observers.
///
/// ```swift
/// let trainer = Trainer(
///   model, optimizer: Adam(for: model), schedule: .constant(0.001), random: RandomStream(seed: 1),
///   observers: [ProgressBar(), try CheckpointKeeper(in: folder, labelSpace: space, imageSize: 128)])
/// let outcome = try await trainer.fit(training, validatingOn: validation, epochs: 10)
/// ```
/// The loop is short on purpose: copy it if you need a different one. Batches may come from elsewhere: see
/// ``BatchSource``.
public struct Trainer {
  /// Maps logits and true masks to a loss over counted pixels.
  public typealias Loss = (_ logits: Variable, _ masks: MaskBatch) -> PixelLoss

  /// The network that is trained, in place.
  public let model: any SegmentationModel
  /// Changes the weights.
  public let optimizer: any Optimizer
  /// The learning rate of each step, counted from 0.
  public let schedule: LearningRateSchedule
  /// The loss to minimize.
  public let loss: Loss
  /// How the network learns from a teacher; `nil` if it learns from masks alone.
  public let teaching: Teaching?
  /// How gradients become a step.
  public let step: TrainingStep
  /// When a run ends before its last epoch.
  public let limits: TrainingLimits
  /// The observers, told in this order.
  public let observers: [any TrainingObserver]
  /// The label space of the metrics, where it differs from the masks' own: official metrics leave void out even in a
  /// run that trains on it.
  public let metricSpace: LabelSpace?
  /// How large pictures are validated; `nil` if the network sees a batch at once.
  package let validationTiles: ValidationTiles?
  let random: RandomStream
  let warnings: ObserverWarnings
  /// The processes that train together.
  let group: RankGroup

  /// - Parameters:
  ///   - model: trained in place.
  ///   - optimizer: made for the model.
  ///   - schedule: the learning rate of each step, counted from 0.
  ///   - loss: by default the mean cross-entropy of the pixels that are not void; a `SegmentationLoss` is called in a
  ///     closure. A network with auxiliary outputs is
  ///     trained with the weighted sum over all of them, and validated with its own.
  ///   - teaching: what the network's own logits also learn from in training, not in validation.
  ///   - step: how many batches make a step, clipping, averaging.
  ///   - limits: when to end before the last epoch.
  ///   - random: what dropout draws from.
  ///   - metricSpace: the classes that validation measures; the masks' own where `nil`.
  ///   - validatesInTiles: whether validation batches are whole pictures of any size, one in each: large ones are then
  ///     seen in tiles, with the same result, if it is known how far the network looks.
  ///   - observers: told in this order; of several processes on rank 0 only.
  ///   - exchange: connects the processes that train the network together, each with its own batches of every step;
  ///     `nil` for one process. All of them make the same trainer, and their state is that of rank 0.
  ///   - warn: takes a line about what an observer could not do while the run continues; writes it to standard error by
  ///     default.
  public init(
    _ model: any SegmentationModel, optimizer: any Optimizer, schedule: LearningRateSchedule,
    loss: @escaping Loss = { crossEntropy($0, $1) }, teaching: Teaching? = nil, step: TrainingStep = TrainingStep(),
    limits: TrainingLimits = TrainingLimits(), random: RandomStream = RandomStream(seed: 0),
    metricSpace: LabelSpace? = nil, validatesInTiles: Bool = false, observers: [any TrainingObserver] = [],
    exchange: (any GradientExchange)? = nil, warn: ((String) -> Void)? = nil
  ) {
    self.model = model
    self.optimizer = optimizer
    self.schedule = schedule
    self.loss = loss
    self.teaching = teaching
    self.step = step
    self.limits = limits
    self.metricSpace = metricSpace
    validationTiles = validatesInTiles ? ValidationTiles(for: model) : nil
    self.random = random.derived("training")
    group = exchange as? RankGroup ?? RankGroup(exchange ?? SingleProcess())
    self.observers = group.isLeader ? observers : []
    warnings = ObserverWarnings(warn)
  }

  /// Trains for `epochs` epochs of `training`, or what is left of them.
  ///
  /// - Parameters:
  ///   - training: a `DataLoader`, an array of batches, or any other source; an epoch is all its batches.
  ///   - validation: looked at after each epoch, always at the batches of its first.
  ///   - epochs: over the whole run, those before a resumption included.
  ///   - snapshot: where an earlier run was; with the same model, optimizer, data and seed the weights end with
  ///     the same bits as in a run that was never stopped.
  ///   - isolation: where model and observers live.
  /// - Throws: `TrainingError`, what reading data or an essential observer throws, or `CancellationError`, each after
  ///   observers have saved what is worth keeping. Nothing else ends a run.
  @discardableResult
  public func fit(
    _ training: some BatchSource, validatingOn validation: (any BatchSource)? = nil, epochs: Int,
    resuming snapshot: consuming TrainingSnapshot? = nil, isolation: isolated (any Actor)? = #isolation
  ) async throws -> TrainingOutcome {
    require(
      training.batchesPerEpoch > 0 && validation?.batchesPerEpoch ?? 1 > 0,
      "Trainer.fit: an epoch must have at least one batch; got \(training.batchesPerEpoch) for training"
        + (validation.map { " and \($0.batchesPerEpoch) for validation" } ?? ""))
    group.setOver(false)
    var run = try TrainingRun(of: self, over: training, validation)
    try run.begin(from: consume snapshot)
    try group.agree { try tell { try $0.trainingStarts(run.plan(epochs: epochs)) } }
    do {
      while run.position.epoch < min(epochs, limits.lastEpoch ?? epochs), run.ending == nil {
        try await run.trainEpoch(isolation: isolation)
      }
      if run.ending == nil, run.position.epoch < epochs { run.ending = .stopped(epoch: run.position.epoch) }
      try run.offer { try tell { try $0.canSave(at: .end, run.snapshot) } }
      let outcome = try run.outcome()
      try group.agree { try tell { try $0.trainingEnded(outcome) } }
      group.setOver(true)
      return outcome
    } catch let error as CancellationError {
      // Wherever the run was, in a step, waiting for data or validating: weights change between these only.
      _ = try? run.offer { tellAtEnd { try $0.canSave(at: .interruption, run.snapshot) } }
      tellAtEnd { try $0.trainingInterrupted(step: run.position.step) }
      group.setOver(true)
      throw error
    } catch {
      // What the other ranks have of the state is lost with them.
      if run.position.step > 0 && RankError.leavesWeightsSound(error) && !group.isBroken {
        _ = try? run.offer { tellAtEnd(besides: error) { try $0.canSave(at: .failure, run.snapshot) } }
      }
      tellAtEnd(besides: error) { try $0.trainingFailed(with: error) }
      group.setOver(true)
      throw error
    }
  }

  /// Tells all observers, in order: the one place that decides whether an error that one throws ends the run.
  func tell(_ message: (any TrainingObserver) throws -> Void) throws {
    for observer in observers {
      do {
        try message(observer)
      } catch  where error is PostponedError || !observer.isEssential {
        // What broke the exchange is not an observer's fault, and ends the run when ranks next meet.
        if !group.isBroken { warnings.tell(error, of: observer) }
      }
    }
  }

  /// Tells all observers about an end that already has its reason.
  private func tellAtEnd(besides reason: (any Error)? = nil, _ message: (any TrainingObserver) throws -> Void) {
    for observer in observers {
      do {
        try message(observer)
      } catch {
        // What ends the run is reported anyway.
        if let reason, "\(reason)" == "\(error)" { continue }
        warnings.tellAtEnd(error)
      }
    }
  }
}
