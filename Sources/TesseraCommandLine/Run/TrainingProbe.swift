import Foundation
import Tessera
import TesseraTraining

/// How long the parts of a training take on this machine, measured with a little of it: the run's own data, network,
/// steps and reports, in a folder that is removed afterwards.
struct TrainingProbe {
  /// Seconds of a step that is not an epoch's first or last.
  let step: Double
  /// Seconds of a validation batch.
  let validationBatch: Double
  /// Seconds of an epoch besides: reading ahead begins, the last step's histograms, reports, saving.
  let epoch: Double
  /// Seconds that the first epoch takes longer, and of what comes before it.
  let start: Double
  /// Seconds of what comes after the last epoch's validation, saving included.
  let end: Double
  /// The batches of a validation.
  let validationBatches: Int

  /// The seconds of a training.
  func seconds(epochs: Int, steps: Int) -> Double {
    start + Double(epochs) * epochSeconds(steps: steps) - epoch + end
  }

  /// The seconds of an epoch with so many steps, and of its validation and saving.
  func epochSeconds(steps: Int) -> Double {
    Double(steps) * step + Double(validationBatches) * validationBatch + epoch
  }
}

extension TrainingSession {
  static let probeSeconds = 12.0

  /// Trains a network like `network` for a few steps.
  ///
  /// - Parameter seconds: how long that should take at most, unless three steps take longer.
  func probe(_ network: any NetworkConfiguration, within seconds: Double = probeSeconds) async throws -> TrainingProbe {
    // Not "plan": folders of that name were made without a lock, and their processes may be alive.
    let scratch = try ScratchFolder(for: "probe")
    defer { scratch.remove() }
    let path = scratch.path
    let model: any SegmentationModel = network.makeNetwork(random: random)
    let optimizer = recipe.makeOptimizer(for: model)
    func measure(_ name: String, steps: Int, validating: Int, epochs: Int) async throws -> ProbeClock.Times {
      let folder = try RunFolder(new: path + "/" + name, model: self.name)
      // Files grow faster into memory that others have just left, as a run's do from its third checkpoint on.
      defer { try? FileManager.default.removeItem(atPath: path + "/" + name) }
      let record = try configuration(model, folder, nil).json()
      try folder.write(record)
      let reporters = try makeReporters(for: model, in: folder, record: record)
      let clock = ProbeClock()
      let trainer = makeTrainer(
        model, optimizer, [clock] + reporters.all(with: try makeKeeper(in: folder, record: record)),
        trialOf: options.accumulate)
      clock.begin()
      try await trainer.fit(
        FirstBatches(of: padded(training, for: model), count: steps * options.accumulate),
        validatingOn: FirstBatches(of: padded(validation, for: model), count: validating), epochs: epochs)
      return clock.times()
    }
    let all = (steps: stepsPerEpoch, validating: validation.batchesPerEpoch)
    let first = try await measure("first", steps: min(3, all.steps), validating: 1, epochs: 1)
    let (step, batch) = (first.steps.last ?? 0, first.validationBatches.last ?? 0)
    // Half of the time for each of two epochs, most of it for steps.
    let steps = min(all.steps, Int(0.35 * seconds / max(step, 1e-4)))
    let validating = min(all.validating, max(1, Int(0.1 * seconds / max(batch, 1e-4))))
    let isShort = steps < 4 && steps < all.steps
    let second =
      isShort ? first : try await measure("second", steps: steps, validating: min(validating, 200), epochs: 2)
    return TrainingProbe(first, second, validationBatches: all.validating)
  }
}

extension TrainingProbe {
  /// - Parameters:
  ///   - first: an epoch of a network that has never run.
  ///   - second: what followed, at best two epochs.
  fileprivate init(_ first: ProbeClock.Times, _ second: ProbeClock.Times, validationBatches: Int) {
    let (step, batch) = (second.typicalStep, second.typicalValidationBatch)
    func rest(_ epoch: ProbeClock.Epoch) -> Double {
      max(0, epoch.seconds - Double(epoch.steps.count) * step - Double(epoch.validated.count) * batch)
    }
    let ending = second.ending
    // An epoch that follows another one begins with saving that one.
    let epoch = second.epochs.count > 1 ? rest(second.epochs[1]) : ending
    self.init(
      step: step, validationBatch: batch, epoch: epoch, start: first.epochs.first.map(rest) ?? 0, end: ending,
      validationBatches: validationBatches)
  }
}

/// When the parts of a training ended.
private final class ProbeClock: TrainingObserver {
  /// Of one epoch, in seconds from its beginning.
  struct Epoch {
    var steps: [Double] = []
    var validated: [Double] = []
    var seconds = 0.0
  }

  struct Times {
    let epochs: [Epoch]
    /// After the last validation.
    let ending: Double

    /// From one step's end to the next one's.
    var steps: [Double] { epochs.flatMap { epoch in zip(epoch.steps.dropFirst(), epoch.steps).map { $0 - $1 } } }

    /// The same of batches; of the first from the last step's end.
    var validationBatches: [Double] {
      epochs.flatMap { epoch in
        zip(epoch.validated, (epoch.steps.last.map { [$0] } ?? []) + epoch.validated).map { $0 - $1 }
      }
    }

    /// Without an epoch's last step, in which histograms are made, where there are others.
    var typicalStep: Double {
      let inner = epochs.flatMap { epoch in
        let ends = epoch.steps.count > 3 ? epoch.steps.dropLast() : epoch.steps[...]
        return zip(ends.dropFirst(), ends).map { $0 - $1 }
      }
      return inner.median ?? epochs.last?.steps.last ?? 0
    }

    /// Without an epoch's first batch, before which reading begins, where there are others.
    var typicalValidationBatch: Double {
      let inner = epochs.flatMap { epoch in zip(epoch.validated.dropFirst(), epoch.validated).map { $0 - $1 } }
      return inner.isEmpty ? validationBatches.median ?? 0 : inner.reduce(0, +) / Double(inner.count)
    }
  }

  private let clock = ContinuousClock()
  private var mark: ContinuousClock.Instant?
  private var epochs: [Epoch] = []
  private var epoch = Epoch()

  var isEssential: Bool { false }

  func begin() { mark = clock.now }

  /// - Returns: what was measured up to now.
  func times() -> Times { Times(epochs: epochs, ending: now) }

  private var now: Double { mark.map { (clock.now - $0) / .seconds(1) } ?? 0 }

  func stepEnded(_ report: StepReport) { epoch.steps.append(now) }

  func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch number: Int) { epoch.validated.append(now) }

  func epochEnded(_ report: EpochReport, model: any SegmentationModel) {
    epoch.seconds = now
    epochs.append(epoch)
    epoch = Epoch()
    mark = clock.now
  }
}

extension [Double] {
  /// `nil` of none.
  var median: Double? {
    let sorted = sorted()
    if isEmpty { return nil }
    return (sorted[count / 2] + sorted[(count - 1) / 2]) / 2
  }
}

/// The first batches of each epoch of another source.
private struct FirstBatches<Base: BatchSource>: BatchSource {
  let base: Base
  let batchesPerEpoch: Int

  init(of base: Base, count: Int) { (self.base, batchesPerEpoch) = (base, min(count, base.batchesPerEpoch)) }

  func epoch(_ epoch: Int, skipping skipped: Int) -> Base.Batches { base.epoch(epoch, skipping: skipped) }
}
