import Foundation
import Tessera
import TesseraTraining

/// The memory that a training takes at its peak, in bytes.
struct MemoryNeed: Equatable {
  /// Of tensors: weights, moments, activations, gradients, scratch memory of loops, batches.
  let tensors: Int
  /// Of pictures that are kept or being read.
  let pictures: Int
  /// Of everything else that the process has before: the program, lists of files.
  let process: Int

  /// Of parts of the program that only run in a training: code, matrix products' buffers, pages and pictures of
  /// reports.
  private static let reports = 16 << 20

  var bytes: Int { tensors + pictures + process + Self.reports }

  /// What it exceeds, if anything, is said; where the machine can never hold it, nothing begins.
  ///
  /// - Throws: `MemoryNeedError`, before random weights are drawn and the system ends the process.
  func check(for session: TrainingSession, on memory: AvailableMemory = .current) throws(MemoryNeedError) {
    if bytes > memory.total { throw MemoryNeedError(need: bytes, total: memory.total, network: session.name) }
  }

  /// What is said before the first step if less memory is free.
  func warning(for session: TrainingSession, on memory: AvailableMemory = .current) -> String? {
    let free = memory.free + process
    guard bytes > free, bytes <= memory.total else { return nil }
    return
      "training takes about \(Self.text(bytes)), and \(Self.text(free)) are free: the system may end it or move memory to "
      + "disk; '\(MemoryNeedError.planning(session.name))' says which options take less"
  }

  /// `3.21 GB`, `640 MB`, `12 KB`: in units of 1024, as systems count.
  static func text(_ bytes: Int) -> String {
    let megabytes = Double(bytes) / 1_048_576
    if megabytes < 1 { return String(format: "%.0f KB", 1024 * megabytes) }
    return megabytes < 1000
      ? String(format: "%.0f MB", megabytes) : String(format: "%.2f GB", megabytes / 1024)
  }
}

/// A training that does not fit into the machine.
struct MemoryNeedError: Error, CustomStringConvertible, LocalizedError, Equatable {
  let need: Int
  let total: Int
  let network: String

  var description: String {
    "training takes about \(MemoryNeed.text(need)), and this process can have \(MemoryNeed.text(total)); choose a smaller "
      + "--batch-size, --image-size or network: '\(Self.planning(network))' says what each takes"
  }
  var errorDescription: String? { description }

  static func planning(_ network: String) -> String { "tessera \(PlanGroup.name) \(network)" }
}

extension TrainingSession {
  /// The memory that training `model` takes, from a rehearsal.
  func memoryNeed(of model: any SegmentationModel, saving: MemorySaving? = nil) async throws -> MemoryNeed {
    memoryNeed(after: try await rehearsal(of: model.configuration, saving: saving))
  }

  /// Rehearses the training of such a network, with the session's way of saving memory or another one.
  func rehearsal(
    of network: any NetworkConfiguration, saving: MemorySaving? = nil
  ) async throws -> TrainingRehearsal {
    var session = self
    if let saving { session.saving = saving }
    return try await session.rehearsed(network)
  }

  private func rehearsed(_ network: any NetworkConfiguration) async throws -> TrainingRehearsal {
    try await TrainingRehearsal(
      of: trainingBatches, validatingOn: validationBatches, threads: ComputeContext.current.threads
    ) {
      let model: any SegmentationModel = network.makeNetwork(random: random)
      // One whose weights are only rehearsed, too.
      var session = self
      session.teacher = try teacher.map { try runTeacher($0.card) }
      return session.makeTrainer(model, recipe.makeOptimizer(for: model), [], trialOf: min(2, options.accumulate))
    }
  }

  /// - Parameter process: what the process has before, if it has done more since then.
  func memoryNeed(after rehearsal: TrainingRehearsal, process: Int? = nil) -> MemoryNeed {
    let batches = [trainingBatches, validationBatches]
    // Masks of the batches that wait, and what is kept between epochs: three bytes of color and two of the class.
    let masks = batches.map { ($0.ahead + 2) * $0.size * $0.pictures.pixels * 8 }.max() ?? 0
    let kept = zip([training, validation], batches).map { loader, batch -> Int in
      guard let cache = loader.dataset as? CachedDataset else { return 0 }
      return min(cache.limit, loader.dataset.count * batch.pictures.pixels * (batch.channels + 2))
    }
    // Whole pictures that are being read and turned into numbers, each by a worker: those that are fitted to a size are
    // read smaller.
    let whole = validation.wholeMultiple.flatMap { _ in data.largestValidation }
    let read = whole.map { validation.workers * $0.pixels * (validationBatches.channels + 2) } ?? 0
    // Its weights have been loaded already, and are among the tensors.
    let teacherBytes = (teacher?.teacher.model.parameterCount ?? 0) * MemoryLayout<Float>.stride
    return MemoryNeed(
      tensors: rehearsal.used, pictures: masks + kept.reduce(0, +) + read,
      process: process ?? ResourceUsage.currentBytes - teacherBytes)
  }

  private var trainingBatches: TrainingRehearsal.Batches {
    .init(
      of: options.batchSize, options.imageSize, channels: data.channels, labelSpace: data.labelSpace,
      ahead: training.prefetch)
  }

  /// The largest.
  private var validationBatches: TrainingRehearsal.Batches {
    var size = options.imageSize
    if let multiple = validation.wholeMultiple, let largest = data.largestValidation {
      let scaled = options.framing.scaledSize(for: options.imageSize).size(of: largest)
      size = ImageSize(width: scaled.width.rounded(upTo: multiple), height: scaled.height.rounded(upTo: multiple))
    }
    return .init(
      of: min(validation.batchSize, validation.dataset.count), size, channels: data.channels,
      labelSpace: data.labelSpace, ahead: validation.prefetch)
  }
}
