import ArgumentParser
import Foundation
import Tessera

/// What a trainer does around its network: data, folder, observers, interruption, and the last word.
package struct TrainingSession {
  package let options: TrainingOptions
  package let data: TrainingData
  /// What weights and dropout draw from.
  package let random: RandomStream
  /// The network's.
  let name: String
  let arguments: ArgumentList
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
    tell(model, trainer, need, in: folder, isNew: resumption?.checkpoint == nil)
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

  /// - Parameter trial: the batches of a step, if only what training takes is wanted: without the run's limits and
  ///   other processes.
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
}
