import Tessera

// What the words of a training ask for, opened: the same for a run and for its plan.
extension RunOptionGroups {
  /// What was chosen; weights that were named are the files that 'tessera download' has made of them.
  func trainingOptions() throws -> TrainingOptions {
    var options = try options()
    options.initialWeights = try options.initialWeights.map { try PublishedWeights.path($0) }
    options.backboneWeights = try options.backboneWeights.map { try PublishedWeights.path($0) }
    options.teacher = try options.teacher.map { try PublishedWeights.path($0) }
    options.imageSize = importedSize(options) ?? options.imageSize
    return options
  }

  /// The size of the pictures that an imported network was trained on, which its new runs have unless they ask for
  /// another; `nil` for runs that say their size, or have it from the run that they resume.
  func importedSize(_ options: TrainingOptions) -> ImageSize? {
    guard Configuration.isOnlyInFiles, !options.resume, !saysImageSize, let path = options.initialWeights else {
      return nil
    }
    // What is wrong with the file is said when it is read.
    return (try? SegmentationCheckpoint.imageSize(of: path)) ?? nil
  }

  /// Opens the data.
  ///
  /// - Parameters:
  ///   - record: what a resumed run knows about its data's files.
  ///   - former: the network of a resumed run.
  func session(
    _ options: TrainingOptions, _ arguments: ArgumentList, knowing record: DataRecord? = nil,
    of former: (any NetworkConfiguration)? = nil
  ) throws -> TrainingSession {
    let beginning = try former as? Configuration ?? Configuration.inFile(of: options)
    return try TrainingSession(
      Configuration.name, options: options, arguments: arguments,
      sizeMultiple: try configuration(classes: 1, from: beginning).sizeMultiple, knowing: record)
  }

  /// The network with fresh weights, which expects of pixels what its initial weights will, and has their encoder's
  /// details.
  func model(
    for session: TrainingSession, from weights: InitialWeights<Configuration>?,
    resuming resumption: RunResumption? = nil
  ) throws -> Configuration.Network {
    let channels = session.data.channels
    // What a run began with goes on, even if later versions begin otherwise.
    let former = try resumption?.network.configuration as? Configuration ?? Configuration.inFile(of: session.options)
    var configuration = try configuration(classes: session.classes, from: former)
    if channels != configuration.normalization.channels {
      // Weights and runs have their own.
      configuration.normalization =
        weights == nil && resumption != nil ? .unit(channels: channels) : try session.measuredNormalization()
    }
    // What weights expect is part of them.
    let adapted = weights?.adapting(configuration) ?? (resumption?.network.configuration).map(configuration.adapted)
    let network = adapted ?? configuration
    guard network.normalization.channels == channels else {
      throw TrainingDataError.otherChannels(channels, network: network.normalization.channels)
    }
    try network.requireTrainable(in: session.options)
    return network.makeNetwork(random: session.random)
  }
}

extension TrainingOptions {
  /// The threads that were chosen, or those that this rank has.
  var context: ComputeContext {
    (threads ?? Ranks.current?.threads).map { ComputeContext(threads: $0) } ?? .current
  }
}
