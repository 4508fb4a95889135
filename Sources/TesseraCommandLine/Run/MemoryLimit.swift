import Foundation
import Tessera

/// Chooses how a run stays within `--max-memory`: the way that costs least time.
struct MemoryLimit {
  let limit: MemorySize
  /// Pictures in a batch.
  let batchSize: Int
  /// What the options, or the record of a resumed run, say.
  let given: MemorySaving
  /// Whether it is decided how a batch is cut: otherwise a resumed run would have other bits.
  let isDecided: Bool
  /// Whether batch normalization would see the pieces, so that they would not have the gradient of the batch.
  let looksAtBatches: Bool
  /// Whether the losses of pieces add up to that of the batch.
  let lossAddsUp: Bool

  /// What was chosen, and the bytes that are predicted with it and without it.
  struct Choice: Equatable {
    let saving: MemorySaving
    let peak: Int
    let unlimited: Int

    /// What a run says about it before its first step.
    func line(_ limit: MemorySize, batchSize: Int) -> String {
      let how = saving.sentence(batchSize: batchSize)
      return "--max-memory \(limit): "
        + (peak == unlimited
          ? "about \(MemorySize(bytes: peak)) at the peak\(how.isEmpty ? ", and nothing has to change" : "; \(how)")"
          : "\(how); about \(MemorySize(bytes: peak)) at the peak instead of \(MemorySize(bytes: unlimited)), "
            + saving.price(batchSize: batchSize))
    }
  }

  /// What to do if a run does not fit as it is, the fastest first. Computing blocks twice takes a forward pass more;
  /// pieces take next to nothing, and a forward pass more if the loss must see them together.
  private var ways: [(cuts: Bool, recomputes: Bool)] {
    let (pieces, again, both) = ((true, false), (false, true), (true, true))
    let all =
      isDecided || batchSize == 1
      ? [again] : looksAtBatches ? [again, both] : lossAddsUp ? [pieces, both] : [again, pieces, both]
    return all.filter { $0.1 || !given.recomputesBlocks }
  }

  /// The sizes of pieces into which a batch can be cut evenly, the smallest first.
  private var sizes: [Int] {
    Set((2...max(2, batchSize)).map { (batchSize + $0 - 1) / $0 }).sorted()
  }

  /// - Parameter predict: the bytes at the peak of a run that saves memory in this way.
  /// - Throws: `MemoryLimitError`, or what `predict` throws.
  func choice(predicting predict: (MemorySaving) async throws -> Int) async throws -> Choice {
    let unlimited = try await predict(given)
    if unlimited <= limit.bytes { return Choice(saving: given, peak: unlimited, unlimited: unlimited) }
    var least = (saving: given, peak: unlimited)
    for way in ways {
      func saving(_ size: Int) -> MemorySaving {
        MemorySaving(
          microBatch: way.cuts ? .init(of: size, lossAddsUp: lossAddsUp) : given.microBatch,
          recomputesBlocks: way.recomputes)
      }
      // The smallest pieces take least.
      var peak = try await predict(saving(sizes[0]))
      if peak < least.peak { least = (saving(sizes[0]), peak) }
      guard peak <= limit.bytes else { continue }
      var (fitting, tooLarge) = (0, way.cuts ? sizes.count : 1)
      while tooLarge - fitting > 1 {
        let middle = (fitting + tooLarge) / 2
        let next = try await predict(saving(sizes[middle]))
        if next <= limit.bytes { (fitting, peak) = (middle, next) } else { tooLarge = middle }
      }
      return Choice(saving: saving(sizes[fitting]), peak: peak, unlimited: unlimited)
    }
    throw MemoryLimitError(limit: limit, least: least.peak, saving: least.saving, isDecided: isDecided)
  }
}

extension MemorySaving {
  /// What a run does to take less, in words for people; empty if nothing.
  func sentence(batchSize: Int) -> String {
    let pieces = microBatch.flatMap { piece -> String? in
      guard cuts(batchSize) else { return nil }
      let again = piece.lossAddsUp ? "" : ", twice because the loss looks at all of them together"
      return "pictures go through the network \(piece.pictures) at a time\(again), for one step of all \(batchSize)"
    }
    let blocks = recomputesBlocks ? "blocks of the network are computed twice" : nil
    return [pieces, blocks].compactMap(\.self).joined(separator: "; ")
  }

  /// The share of time that it adds to a step, roughly: a forward pass is a third of one.
  func price(batchSize: Int) -> String {
    let pieces = cuts(batchSize) && microBatch?.lossAddsUp == false
    return switch (pieces, recomputesBlocks) {
    case (false, false): "in about the same time"
    case (true, true): "steps take up to two thirds longer"
    default: "steps take up to a third longer"
    }
  }
}

/// A limit of memory that a run cannot keep.
struct MemoryLimitError: Error, CustomStringConvertible, LocalizedError, Equatable {
  let limit: MemorySize
  /// The bytes of the way that takes least.
  let least: Int
  let saving: MemorySaving
  /// Whether a resumed run, or an option, leaves less to choose.
  let isDecided: Bool

  var description: String {
    let cuts = saving.microBatch.map { "\($0.pictures == 1 ? "single pictures" : "\($0.pictures) pictures at a time")" }
    let how = [cuts, saving.recomputesBlocks ? "blocks that are computed twice" : nil].compactMap(\.self)
    return "--max-memory \(limit) is too little: this run takes at least \(MemorySize(bytes: least))"
      + (how.isEmpty ? "" : ", with \(how.joined(separator: " and "))")
      + (isDecided ? " (how batches are cut is decided already)" : "")
      + "; raise the limit, or choose smaller pictures (--image-size) or a smaller network"
  }
  var errorDescription: String? { description }
}

extension SegmentationModel {
  /// Whether it has layers that look at a whole batch in training.
  var looksAtBatches: Bool { namedModules.contains { $0.module is BatchNorm } }
}

extension TrainingSession {
  /// What the options, or the record of a resumed run, say about memory.
  func givenMemorySaving(_ resumption: RunResumption?) -> MemorySaving {
    MemorySaving(
      microBatch: (options.microBatch ?? resumption?.microBatch).map {
        .init(of: $0, lossAddsUp: options.loss.addsUpOverBatches)
      }, recomputesBlocks: options.recomputesBlocks)
  }

  /// How the run keeps to `--max-memory`; `nil` if there is no limit.
  func memoryChoice(
    for model: any SegmentationModel, resuming resumption: RunResumption?
  ) async throws -> MemoryLimit.Choice? {
    guard let limit = options.maxMemory else { return nil }
    let given = givenMemorySaving(resumption)
    let search = MemoryLimit(
      limit: limit, batchSize: options.batchSize, given: given,
      isDecided: given.microBatch != nil || resumption != nil || options.synchronizesBatchNorm,
      looksAtBatches: model.looksAtBatches, lossAddsUp: options.loss.addsUpOverBatches)
    let others = ResourceUsage.currentBytes + Self.otherBytes
    return try await search.choice { others + (try await tensorBytes(of: model, $0)) }
  }

  /// The bytes that the process takes for tensors in a training, as a rehearsal finds them.
  private func tensorBytes(of model: any SegmentationModel, _ memory: MemorySaving) async throws -> Int {
    let random = random
    func network(_ configuration: some NetworkConfiguration) -> any SegmentationModel {
      configuration.makeNetwork(random: random)
    }
    let held = TrainingRehearsal.Batches(
      of: options.batchSize, options.imageSize, channels: data.channels, labelSpace: data.labelSpace,
      ahead: training.prefetch)
    var validated = held
    validated.size = min(validation.batchSize, validation.dataset.count)
    if let multiple = validation.wholeMultiple, let largest = data.largestValidation {
      let scaled = options.framing.scaledSize(for: options.imageSize).size(of: largest)
      validated.pictures = ImageSize(
        width: scaled.width.rounded(upTo: multiple), height: scaled.height.rounded(upTo: multiple))
    }
    let rehearsal = try await TrainingRehearsal(of: held, validatingOn: validated) {
      let network = network(model.configuration)
      return makeTrainer(network, recipe.makeOptimizer(for: network), memory, [], trialOf: min(2, options.accumulate))
    }
    return rehearsal.used
  }

  /// What a training takes besides tensors and what the process has before: code that is loaded when it runs, workspaces of
  /// matrix products, files that are decoded and pictures that are drawn.
  private static let otherBytes = 96 << 20
}
