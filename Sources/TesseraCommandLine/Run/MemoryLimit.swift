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

  /// The share of a step that a forward pass more takes at most, measured: 0.27 to 0.45.
  static let passShare = 0.45

  /// The forward passes that it adds to a step.
  func passes(batchSize: Int) -> Int {
    (cuts(batchSize) && microBatch?.lossAddsUp == false ? 1 : 0) + (recomputesBlocks ? 1 : 0)
  }

  /// The share of time that it adds to a step, roughly.
  func price(batchSize: Int) -> String {
    switch passes(batchSize: batchSize) {
    case 0: "in about the same time"
    case 1: "steps take up to half as long again"
    default: "steps take up to twice as long"
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
  /// Whether validation sees whole pictures, however small those of training are.
  var seesWholePictures = false

  var description: String {
    let cuts = saving.microBatch.map { "\($0.pictures == 1 ? "single pictures" : "\($0.pictures) pictures at a time")" }
    let how = [cuts, saving.recomputesBlocks ? "blocks that are computed twice" : nil].compactMap(\.self)
    return "--max-memory \(limit) is too little: this run takes at least \(MemorySize(bytes: least))"
      + (how.isEmpty ? "" : ", with \(how.joined(separator: " and "))")
      + (isDecided ? " (how batches are cut is decided already)" : "")
      + "; raise the limit, or choose smaller pictures (\(seesWholePictures ? "--framing crop=SCALE" : "--image-size")) "
      + "or a smaller network"
  }
  var errorDescription: String? { description }
}

extension SegmentationModel {
  /// Whether it has layers that look at a whole batch in training.
  var looksAtBatches: Bool { namedModules.contains { $0.module is BatchNorm } }
}

extension TrainingSession {
  /// The same training within `--max-memory`, if that is given.
  ///
  /// - Throws: `MemoryLimitError`, or what a rehearsal throws.
  func limited(
    for model: any SegmentationModel, resuming resumption: RunResumption? = nil
  ) async throws -> TrainingSession {
    try recipe.check(model)
    var session = self
    session.saving = MemorySaving(
      microBatch: (options.microBatch ?? resumption?.microBatch).map {
        .init(of: $0, lossAddsUp: lossAddsUp)
      }, recomputesBlocks: options.recomputesBlocks)
    if let limit = options.maxMemory {
      session.choice = try await session.choice(within: limit, for: model, isResumed: resumption != nil)
      session.saving = session.choice?.saving ?? session.saving
    }
    return session
  }

  /// How a training of `model` keeps to a limit.
  ///
  /// - Parameters:
  ///   - limit: of the process.
  ///   - model: what is trained.
  ///   - isResumed: whether it is decided how batches are cut.
  ///   - process: what the process has before, if it has done more since then.
  /// - Throws: `MemoryLimitError`, or what a rehearsal throws.
  func choice(
    within limit: MemorySize, for model: any SegmentationModel, isResumed: Bool = false, process: Int? = nil
  ) async throws -> MemoryLimit.Choice {
    let search = MemoryLimit(
      limit: MemorySize(bytes: limit.bytes - Self.reserve), batchSize: options.batchSize, given: saving,
      isDecided: saving.microBatch != nil || isResumed || options.synchronizesBatchNorm,
      looksAtBatches: model.looksAtBatches, lossAddsUp: lossAddsUp)
    do {
      return try await search.choice {
        memoryNeed(after: try await rehearsal(of: model.configuration, saving: $0), process: process).bytes
      }
    } catch let error as MemoryLimitError {
      throw MemoryLimitError(
        limit: limit, least: error.least + Self.reserve + Self.spread, saving: error.saving, isDecided: error.isDecided,
        seesWholePictures: validation.wholeMultiple != nil)
    }
  }

  /// Whether the losses of pieces add up to that of the batch.
  private var lossAddsUp: Bool { options.loss.addsUpOverBatches(withTeacher: options.teacher != nil) }

  /// The least that is named must do, though what a process holds before its training differs by some megabytes from one
  /// start to the next.
  private static let spread = 8 << 20

  /// A limit is kept: what a training takes is known to some megabytes, by which workspaces of matrix products, decoded
  /// files and drawn pictures differ.
  private static let reserve = 24 << 20
}
