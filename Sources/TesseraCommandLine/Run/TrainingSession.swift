import ArgumentParser
import Foundation
import Tessera
import TesseraReports
import TesseraTensorBoard

/// What a trainer does around its network: data, folder, observers, interruption, and the last word.
package struct TrainingSession {
  package let options: TrainingOptions
  package let data: TrainingData
  /// What weights and dropout draw from.
  package let random: RandomStream
  /// The network's.
  let name: String
  private let arguments: ArgumentList
  let context: ComputeContext
  let training: DataLoader
  let validation: DataLoader
  let recipe: Recipe
  private let sizeMultiple: Int
  /// When the run ends, complete or not.
  private var end: Date?
  /// What the network learns from besides masks.
  var teacher: RunTeacher?
  /// How steps take less memory.
  var saving = MemorySaving()
  /// Why, if there is a limit.
  var choice: MemoryLimit.Choice?

  /// Opens the data that the options name.
  ///
  /// - Parameters:
  ///   - name: the network's name, for the run's folder.
  ///   - arguments: the words the options come from.
  ///   - sizeMultiple: what the image size must be a multiple of.
  ///   - earlier: what a resumed run knows about its data's files.
  init(
    _ name: String, options: TrainingOptions, arguments: ArgumentList, sizeMultiple: Int,
    knowing earlier: DataRecord? = nil
  ) throws {
    try requireMultiple("--image-size", options.imageSize, of: sizeMultiple, for: name)
    try self.init(name, options, arguments, sizeMultiple, TrainingData(options, knowing: earlier))
  }

  private init(
    _ name: String, _ options: TrainingOptions, _ arguments: ArgumentList, _ sizeMultiple: Int, _ data: TrainingData
  ) throws {
    self.name = name
    self.options = options
    self.arguments = arguments
    self.sizeMultiple = sizeMultiple
    self.data = data
    random = RandomStream(seed: options.seed)
    context = .current
    training = Self.trainingLoader(data.training, options, context)
    validation = Self.validationLoader(data.validation, options, context, sizeMultiple)
    try ProcessLimits.check(threads: context.threads + max(training.workers, validation.workers))
    recipe = try Recipe(
      options, stepsPerEpoch: (training.batchesPerEpoch - 1) / options.accumulate + 1, classes: data.labelSpace,
      survey: data.trainingSurvey)
  }

  /// The same data with other options, which name the same files.
  ///
  /// - Parameters:
  ///   - words: what is added to the words that the run is given when it is resumed.
  ///   - end: when the run ends, complete or not.
  func with(
    words: [String] = [], endingAt end: Date? = nil, _ change: (inout TrainingOptions) -> Void
  ) throws -> TrainingSession {
    var options = options
    change(&options)
    var session = try TrainingSession(name, options, ArgumentList(arguments.words + words), sizeMultiple, data)
    (session.end, session.teacher, session.saving, session.choice) = (end, teacher, saving, choice)
    return session
  }

  /// What a network expects of the training pictures if nothing else says so.
  func measuredNormalization() throws -> ImageNormalization {
    try ImageNormalization(
      measuredIn: data.training,
      scaledTo: options.augmentation.readSize(for: options.imageSize, framing: options.framing))
  }

  /// The number of outputs that the network needs.
  package var classes: Int { data.labelSpace.outputCount }

  /// Trains `model` as the options say, and prints what came of it.
  ///
  /// - Parameters:
  ///   - resumption: an earlier run to resume.
  ///   - load: loads the weights that the model starts from, if there are some.
  func train(
    _ model: any SegmentationModel, resuming resumption: RunResumption?, loading load: () throws -> Void
  ) async throws {
    // Before a folder is made: what does not fit the network or the machine leaves nothing behind.
    try recipe.check(model)
    let need = try await memoryNeed(of: model)
    try need.check(for: self)
    try load()
    if let teacher, resumption == nil, teacher.teacher.hasWeights(of: model.forPrediction) {
      throw TeacherError.sameWeights(options.teacher ?? "")
    }
    let folder = try resumption?.folder ?? RunFolder(new: options.output, model: name)
    let configuration = try configuration(model, folder, resumption).json()
    let lowersRate =
      try resumption?.check(
        against: configuration, files: data.record, acceptsChangedData: options.acceptChangedData) ?? false
    // Passed on and kept by nobody: otherwise the optimizer's first update would copy all its moments.
    var snapshot = try resumption?.checkpoint.map { try TrainingSnapshot(contentsOf: $0, into: model) }
    if let snapshot, let end = FinishedRun(snapshot, options, in: folder) {
      _ = try Ranks.current?.group.leading { RunNetwork(network: nil) }
      return print(end.line(of: name))
    }
    let resumedStep = snapshot?.position.step
    // After the shapes of a checkpoint have been compared: it takes twice the weights' memory.
    let optimizer = recipe.makeOptimizer(for: model)
    try folder.write(configuration)
    folder.write(data.record)
    let request = SaveRequest()
    let keeper = try makeKeeper(
      in: folder, record: configuration, notes: data.notes.merging(licenseNote(resumption)) { $1 }, on: request)
    if lowersRate, let snapshot {
      Notice.note.write(
        "the learning rate is \(options.learningRate) after step \(snapshot.position.step); the run's record says so")
      // At once: otherwise it would be lost with the process.
      try keeper.canSave(at: .timeLimit) { snapshot }
    }
    let reporters = try makeReporters(for: model, in: folder, record: configuration)
    let trainer = makeTrainer(model, optimizer, [ProgressBar()] + reporters.all(with: keeper))
    for line in data.description { print(line) }
    let parameters = model.forPrediction.trainedParameterCount
    let others = model.trainedParameterCount - parameters
    print(
      "\(name): \(grouped(parameters)) parameters"
        + (others == 0 ? "" : " and \(grouped(others)) that only training needs")
        + ", \(classes) classes, \(data.training.count) training and "
        + "\(data.validation.count) validation pictures, \(counted(context.threads, "thread"))"
        + (Ranks.current.map { " on each of \($0.group.rankCount) ranks" } ?? "") + ", run in \(folder.path)"
    )
    if let choice, let limit = options.maxMemory { print(choice.line(limit, batchSize: options.batchSize)) }
    if saving.cuts(options.batchSize) && model.looksAtBatches {
      Notice.note.write(
        "batch normalization sees \(options.batchSize) pictures in pieces of \(saving.microBatch?.pictures ?? 0), as if "
          + "the pieces were batches: a step is not quite that of the whole batch")
    }
    if let teacher { tell(teacher.teacher) }
    for sentence in options.ineffective { Notice.note.write(sentence) }
    if options.accumulate > 1 && !options.loss.addsUpOverBatches(withTeacher: teacher != nil) {
      Notice.note.write(
        "--loss \(options.loss) looks at each of the \(options.accumulate) batches of a step by itself: a step minimizes the "
          + "mean of their losses, not that of one large batch")
    }
    if !options.hasVoidOutput && data.labelSpace.hasVoidOutput {
      Notice.note.write("--no-void-output has no effect: no void value lies among the classes")
    }
    let warnings = data.warnings + weightsWarnings(resumption) + sizeWarnings(trainer)
    for line in warnings + [need.warning(for: self)].compactMap(\.self) { Notice.warning.write(line) }
    if let group = Ranks.current?.group {
      _ = try group.leading {
        RunNetwork(network: NetworkDescription(model.configuration), memory: saving, teacher: teacher?.card)
      }
      if let teacher { try group.spread(teacher.teacher.model) }
    }
    let outcome: TrainingOutcome
    do {
      outcome = try await interruptible(saving: request.make) {
        try await trainer.fit(
          padded(training, for: model), validatingOn: padded(validation, for: model), epochs: options.epochs,
          resuming: snapshot.take())
      }
    } catch let code as ExitCode {
      let former = keeper.savedStep.map { "continues after step \($0)" } ?? "starts over"
      Notice.hint.write(
        "\(TrainingInvocation.current.start(name)) --resume --output \(folder.path) "
          + (keeper.isSaved ? "continues from here" : former))
      throw code
    } catch let error as TrainingError where !error.leavesWeightsSound {
      throw BrokenRun(
        error: error, program: TrainingInvocation.current.start(name), folder: folder.path, rate: options.learningRate,
        finalRate: options.finalRate, savedStep: keeper.savedStep,
        brokeAgain: lowersRate && resumedStep != nil && keeper.savedStep == resumedStep, best: keeper.bestPath)
    } catch {
      folder.write(data.record?.blaming(error, in: options.data ?? "", and: options.addData))
      throw error
    }
    try RunSummary(outcome, of: self, model, in: folder, keeper, reporters.pictures, reporters.report, reporters.board)
      .write()
  }

  /// Trains as one of several ranks, but for the first: everything comes from rank 0, and goes there.
  func follow(_ model: any SegmentationModel, in ranks: Ranks) async throws {
    try recipe.check(model)
    if let teacher { try ranks.group.spread(teacher.teacher.model) }
    try await memoryNeed(of: model).check(for: self)
    let trainer = makeTrainer(model, recipe.makeOptimizer(for: model), [])
    // Only rank 0 saves, and batch systems warn all.
    _ = try await interruptible(saving: SaveRequest().make) {
      try await trainer.fit(
        padded(training, for: model), validatingOn: padded(validation, for: model), epochs: options.epochs)
    }
  }

  /// - Parameter trial: the batches of a step, if only what training takes is wanted: without the run's limits and other
  ///   processes.
  func makeTrainer(
    _ model: any SegmentationModel, _ optimizer: any Optimizer, _ observers: [any TrainingObserver],
    trialOf trial: Int? = nil
  ) -> Trainer {
    let times = [options.timeLimit.map { 60 * $0 }, end?.timeIntervalSinceNow].compactMap(\.self)
    let limits = TrainingLimits(
      patience: options.patience, time: times.min().map { .seconds(max(0, $0)) },
      lastEpoch: options.stopAfter)
    return Trainer(
      model, optimizer: optimizer, schedule: recipe.makeSchedule(stepsPerEpoch: stepsPerEpoch), loss: recipe.loss,
      teaching: teacher.map { recipe.teaching(by: $0.teacher) },
      step: recipe.makeStep(for: model, saving, trialOf: trial), limits: trial == nil ? limits : TrainingLimits(),
      random: random, metricSpace: data.metricSpace, validatesInTiles: validation.wholeMultiple != nil,
      observers: observers, exchange: trial == nil ? Ranks.current?.group : nil)
  }

  func makeKeeper(
    in folder: RunFolder, record: [UInt8], notes: [String: String] = [:], on request: SaveRequest = SaveRequest()
  ) throws -> CheckpointKeeper {
    try CheckpointKeeper(
      in: folder.checkpointsPath, labelSpace: data.labelSpace, imageSize: options.imageSize,
      framing: options.framing, keepingBest: options.keepBest, savingEvery: .seconds(60 * options.saveEvery),
      configuration: record, notes: notes, on: request)
  }

  /// What writes the run's folder, besides the checkpoints.
  struct Reporters {
    let metrics: MetricsLog
    let validation: ValidationLog
    let pictures: PredictionPictures
    let report: RunReport
    let board: TensorBoardLogger?

    /// In the order in which they are told.
    func all(with keeper: CheckpointKeeper) -> [any TrainingObserver] {
      [metrics, validation, pictures, keeper, report] + (board.map { [$0] } ?? [])
    }
  }

  func makeReporters(
    for model: any SegmentationModel, in folder: RunFolder, record: [UInt8]
  ) throws -> Reporters {
    Reporters(
      metrics: try MetricsLog(path: folder.metricsPath),
      validation: try ValidationLog(path: folder.validationPath, labelSpace: data.metricSpace),
      pictures: try PredictionPictures(in: folder.predictionsPath),
      report: RunReport(in: folder.path, labelSpace: data.metricSpace),
      board: try options.tensorBoard ? makeLogger(for: model, in: folder, record: record) : nil)
  }

  /// The licenses of the weights that the run starts and learns from, or that its checkpoint has already.
  private func licenseNote(_ resumption: RunResumption?) -> [String: String] {
    let paths =
      resumption?.checkpoint.map { [$0] }
      ?? [options.initialWeights, options.backboneWeights, options.teacher].compactMap(\.self)
    let licenses = paths.compactMap(WeightsLicense.text)
    return licenses.isEmpty ? [:] : [WeightsLicense.note: licenses.joined(separator: "; ")]
  }

  /// Weights learned for the same classes in a different order learn them again, from a worse start.
  private func weightsWarnings(_ resumption: RunResumption?) -> [String] {
    guard resumption?.checkpoint == nil, let path = options.initialWeights,
      let space = try? SegmentationCheckpoint.labelSpace(of: path),
      case .reordered(let order) = space.match(with: data.labelSpace, own: path, others: "--data"),
      let index = order.indices.first(where: { order[$0] != $0 })
    else { return [] }
    return [
      "\(path) knows the same classes in a different order: its output \(index) is \(space.name(of: index)), which is "
        + "class \(order[index]) of --data; order classes.txt and masks alike, or what it has learned about them is "
        + "lost"
    ]
  }

  /// A network that looks at the whole picture validates large pictures at once.
  private func sizeWarnings(_ trainer: Trainer) -> [String] {
    guard validation.wholeMultiple != nil, trainer.validationTiles == nil,
      let largest = data.largestValidation.map({ options.framing.scaledSize(for: options.imageSize).size(of: $0) }),
      largest.pixels > WholePictures.largestTile
    else { return [] }
    return [
      "\(name) looks at the whole picture, so validation sees up to \(largest) pixels at once, in memory that grows with "
        + "them; a smaller --framing crop=SCALE takes less"
    ]
  }

  /// What lies beside pictures becomes 0 in the network; stretched pictures keep the gray of earlier versions.
  func padded(_ loader: DataLoader, for model: any SegmentationModel) -> DataLoader {
    options.framing.pads ? loader.padded(with: model.normalization.neutralPixel) : loader
  }

  private func makeLogger(
    for model: any SegmentationModel, in folder: RunFolder, record: [UInt8]
  ) throws -> TensorBoardLogger {
    try TensorBoardLogger(
      in: folder.path, graph: model.graph(height: options.imageSize.height, width: options.imageSize.width),
      hyperParameters: try hyperParameters(of: model, record: record),
      histogramsEvery: options.histograms == 0 ? nil : options.histograms)
  }

  /// The steps of the optimizer.
  var stepsPerEpoch: Int { (training.batchesPerEpoch - 1) / options.accumulate + 1 }

  static func trainingLoader(
    _ dataset: any SegmentationDataset, _ options: TrainingOptions, _ context: ComputeContext
  ) -> DataLoader {
    DataLoader(
      dataset, batchSize: options.batchSize, imageSize: options.imageSize, framing: options.framing,
      augmentation: options.augmentation, shuffles: options.shuffles, seed: options.seed,
      steps: options.stepsPerEpoch == 0 ? nil : options.stepsPerEpoch * options.accumulate,
      workers: options.loaderThreads ?? min(4, context.threads))
  }

  private static func validationLoader(
    _ dataset: any SegmentationDataset, _ options: TrainingOptions, _ context: ComputeContext, _ sizeMultiple: Int
  ) -> DataLoader {
    // Whole pictures have different sizes, so each is a batch; as many pictures are validated as otherwise.
    var (batchSize, steps) = (options.batchSize, options.validationSteps)
    if case .crop = options.framing { (batchSize, steps) = (1, steps * batchSize) }
    // Validation never sees a picture twice: one pass where the set is small.
    let passSteps = (dataset.count + batchSize - 1) / batchSize
    let isPass = steps == 0 || steps >= passSteps
    return DataLoader(
      dataset, batchSize: batchSize, imageSize: options.imageSize, framing: options.framing, shuffles: false,
      seed: options.seed, steps: isPass ? nil : steps, wholePicturesTo: sizeMultiple,
      workers: options.loaderThreads ?? min(4, context.threads))
  }

  func configuration(
    _ model: any SegmentationModel, _ folder: RunFolder, _ resumption: RunResumption?
  ) -> RunConfiguration {
    var resolved = recipe.options
    (resolved.microBatch, resolved.recomputesBlocks) = (saving.microBatch?.pictures, saving.recomputesBlocks)
    resolved.data = options.data ?? "built-in scenes"
    resolved.initialWeights = options.initialWeights.map(ArgumentList.absolute)
    resolved.addData = options.addData.map(ArgumentList.absolute)
    if case .list(let path) = options.heldOut { resolved.heldOut = .list(ArgumentList.absolute(path)) }
    resolved.trainingList = options.trainingList.map(ArgumentList.absolute)
    resolved.classesMap = options.classesMap.map(ArgumentList.absolute)
    resolved.backboneWeights = options.backboneWeights.map(ArgumentList.absolute)
    resolved.teacher = options.teacher.map(ArgumentList.absolute)
    resolved.stepsPerEpoch = stepsPerEpoch
    resolved.validationSteps = validation.batchesPerEpoch
    resolved.threads = context.threads
    resolved.loaderThreads = training.workers
    resolved.output = folder.path
    return RunConfiguration(
      options: resolved,
      facts: .init(
        arguments: arguments.recorded, model: NetworkDescription(model.configuration),
        parameterCount: model.forPrediction.trainedParameterCount, dataFiles: data.files,
        trainingSamples: data.training.count,
        validationSamples: data.validation.count, labelSpace: data.labelSpace, scheduleSteps: recipe.scheduleSteps,
        teacherChecksum: teacher?.teacher.checksum,
        started: resumption?.started ?? ISO8601DateFormatter().string(from: Date()), instructionSet: instructionSet,
        matrixKernels: matrixKernels))
  }
}
