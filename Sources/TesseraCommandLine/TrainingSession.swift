import ArgumentParser
import Foundation
import Tessera

/// What an example trainer does around its network: data, folder, observers, interruption, and the last word.
public struct TrainingSession {
  public let options: TrainingOptions
  public let data: TrainingData
  /// Where weights and dropout draw from.
  public let random: RandomStream
  private let name: String
  private let context: ComputeContext

  /// Opens the data that the options name.
  ///
  /// - Parameters:
  ///   - name: the network's name, for the run's folder.
  ///   - sizeMultiple: what the image size must be a multiple of.
  public init(_ name: String, options: TrainingOptions, sizeMultiple: Int) throws {
    guard options.imageSize % sizeMultiple == 0 else {
      throw ValidationError("--image-size must be a multiple of \(sizeMultiple) for \(name); got \(options.imageSize)")
    }
    self.name = name
    self.options = options
    data = try TrainingData(options)
    random = RandomStream(seed: options.seed)
    context = options.threads.map { ComputeContext(threads: $0) } ?? ComputeContext()
  }

  /// How many outputs the network needs.
  public var classes: Int { data.labelSpace.count }

  /// Trains `model` as the options say, and prints what came of it.
  public func train(_ model: any SegmentationModel) async throws {
    if let weights = options.initialWeights { try model.load(from: weights) }
    let folder = try RunFolder(options.output, model: name)
    let training = loader(data.training, steps: options.stepsPerEpoch, training: true)
    let validation = loader(data.validation, steps: options.validationSteps, training: false)
    try folder.write(configuration(model, folder, training, validation))
    let keeper = try CheckpointKeeper(
      in: folder.checkpointsPath, labelSpace: data.labelSpace, imageSize: options.imageSize)
    let pictures = try PredictionPictures(in: folder.predictionsPath)
    let trainer = Trainer(
      model, optimizer: options.optimizer.make(for: model), schedule: .constant(options.learningRate), random: random,
      metricSpace: data.metricSpace,
      observers: [ProgressBar(), try MetricsLog(path: folder.metricsPath), keeper, pictures])
    print(
      "\(name): \(grouped(model.parameterCount)) parameters, \(classes) classes, \(data.training.count) training and "
        + "\(data.validation.count) validation pictures, \(context.threads) threads, run in \(folder.path)")
    // Standard output is a buffer where it is no terminal: a log must name the folder while the run goes on.
    fflush(nil)
    let reports = try await ComputeContext.$current.withValue(context) {
      try await interruptible { try await trainer.fit(training, validatingOn: validation, epochs: options.epochs) }
    }
    try summarize(reports, folder, keeper, pictures)
  }

  private func loader(_ dataset: any SegmentationDataset, steps: Int, training: Bool) -> DataLoader {
    // Validation never sees a picture twice: one pass where the set is small.
    let passSteps = (dataset.count + options.batchSize - 1) / options.batchSize
    let isPass = steps == 0 || !training && steps >= passSteps
    return DataLoader(
      dataset, batchSize: options.batchSize, imageSize: ImageSize(options.imageSize),
      augmentation: training ? options.augmentation : .none, shuffles: training && !options.noShuffle,
      seed: options.seed, steps: isPass ? nil : steps, workers: options.loaderThreads ?? min(4, context.threads))
  }

  /// Runs `body` in a task that control-C or a request to end cancels; what it keeps then is kept, and the exit code is
  /// 130.
  private func interruptible<Result>(_ body: () async throws -> Result) async throws -> Result {
    let interruption = Interruption()
    defer { interruption.end() }
    do {
      return try await interruption.run(body)
    } catch is CancellationError {
      throw ExitCode(130)
    }
  }

  private func configuration(
    _ model: any SegmentationModel, _ folder: RunFolder, _ training: DataLoader, _ validation: DataLoader
  ) -> RunConfiguration {
    let process = ProcessInfo.processInfo
    return RunConfiguration(
      model: model.specification, parameterCount: model.parameterCount, data: options.data ?? "built-in scenes",
      trainingSamples: data.training.count, validationSamples: data.validation.count, labelSpace: data.labelSpace,
      imageSize: options.imageSize, batchSize: options.batchSize, epochs: options.epochs,
      stepsPerEpoch: training.batchesPerEpoch, validationSteps: validation.batchesPerEpoch,
      optimizer: options.optimizer, learningRate: options.learningRate, seed: options.seed, threads: context.threads,
      augmentation: options.augmentation, shuffles: !options.noShuffle, initialWeights: options.initialWeights,
      output: folder.path, started: ISO8601DateFormatter().string(from: Date()), tessera: tesseraVersion,
      swift: Machine.swift, operatingSystem: process.operatingSystemVersionString, processor: Machine.processor,
      cores: process.activeProcessorCount, memoryMegabytes: Int(process.physicalMemory >> 20))
  }

  private func summarize(
    _ reports: [EpochReport], _ folder: RunFolder, _ keeper: CheckpointKeeper, _ pictures: PredictionPictures
  ) throws {
    guard let last = reports.last else { return }
    if let metrics = last.validation?.metrics {
      print(
        String(
          format: "validation: pixel accuracy %.1f %%, mean accuracy %.1f %%, mIoU %.4f, score %.4f",
          100 * metrics.pixelAccuracy, 100 * metrics.meanAccuracy, metrics.meanIoU, metrics.officialScore)
          + " (at \(options.imageSize) x \(options.imageSize); absent classes \(SegmentationMetrics.absentClassesRule))"
      )
      warnOfOneClass(metrics)
    }
    print("wrote:")
    for path in [folder.path + "/config.json", folder.metricsPath, keeper.lastPath, keeper.bestPath] + pictures.written
    {
      print("  \(path)")
    }
    // An example checks itself: guessing all classes alike has the loss log(classes).
    let guessing = log(Float(classes))
    if last.step >= 50 && !(last.loss < guessing) {
      throw ValidationFailure.learnedNothing(loss: last.loss, guessing: guessing)
    }
  }
}

extension TrainingSession {
  /// Masks of 0 and 255, read with 255 as void, give a perfect accuracy and a useless network.
  private func warnOfOneClass(_ metrics: SegmentationMetrics) {
    let present = metrics.classes.filter { $0.pixels > 0 }
    guard present.count == 1, metrics.classes.count > 1 else { return }
    let void = data.metricSpace.void.map { "; \($0) is void and is not counted" } ?? ""
    let warning = "Warning: all counted pixels of the validation masks are of the class \(present[0].name)\(void)\n"
    FileHandle.standardError.write(Data(warning.utf8))
  }
}

/// A run that ended without an error and is useless all the same.
public enum ValidationFailure: Error, CustomStringConvertible, LocalizedError {
  case learnedNothing(loss: Float, guessing: Float)

  public var description: String {
    switch self {
    case .learnedNothing(let loss, let guessing):
      "the network learned nothing: its loss \(loss) is not below that of guessing, \(guessing); "
        + "try a lower --learning-rate, and check that masks and pictures belong together"
    }
  }
  public var errorDescription: String? { description }
}
