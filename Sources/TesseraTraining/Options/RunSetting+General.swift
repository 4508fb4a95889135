// What a run trains on, and for how long.
extension RunSetting {
  static let network: [RunSetting] = [
    RunSetting("model", "network", .network), RunSetting("parameterCount", "parameters", .network, .circumstance),
    RunSetting("model.width", "width", .network), RunSetting("model.dropout", "dropout", .network),
    RunSetting("model.outputStride", "output stride", .network),
    RunSetting("model.stochasticDepth", "stochastic depth", .network),
    RunSetting("model.deepSupervision", "deep supervision", .network),
    RunSetting("model.classes", "outputs", .network), RunSetting("model.head", "head", .network),
    RunSetting("model.normalization.order", "channel order", .network),
    RunSetting("model.normalization.mean", "channel means", .network),
    RunSetting("model.normalization.deviation", "channel deviations", .network),
    RunSetting("initialWeights", "initial weights", .network, .choice, as: .fileName)
      .option(
        .value(optional: \.initialWeights, "file", at: .file(extensions: ["safetensors", "pth", "h5", "keras"])),
        or: "weights"
      )
      .help(
        "Start from these weights of a whole network: a checkpoint, a file of the program that the network comes from, or "
          + "the name of a published network that 'tessera download' has put into data/. If they have another number of "
          + "classes, all but the classifier are used."),
  ]

  static let backbone: [RunSetting] = [
    RunSetting("backboneWeights", "backbone weights", .network, .choice, as: .fileName)
      .option(.value(optional: \.backboneWeights, "file", at: .file(extensions: [])), or: "encoder-weights")
      .help(
        "Start the encoder from a Keras (.h5, .keras), torchvision, timm, transformers or segmentation-models-pytorch "
          + "(.safetensors, .pth) file, of a whole network too, from a checkpoint of any network with the same encoder, or "
          + "from weights that 'tessera download' has put into data/, by their name; pictures are then as the weights expect."
      ),
    RunSetting("freezeBackbone", "backbone frozen", .network).option(
      .flag(\.freezesBackbone), or: "freeze-encoder", recorded: false
    )
    .help("Do not train the encoder."),
  ]

  /// How a data set's folder is read; for all commands that read one.
  static let reading: [RunSetting] = [
    RunSetting("layout", "layout", .data, .choice).option(.value(optional: \.layout, "name"))
      .help("How the data lie in their folder, see docs/data.md. Default: recognized from the folder."),
    RunSetting("addData", "further data", .data, .choice)
      .option(
        .list(
          "dir", at: .folder, take: { if !$0.addData.contains($1) { $0.addData.append($1) } },
          recorded: { $0.addData.isEmpty ? nil : $0.addData })
      )
      .help("A further folder with the same classes, joined with --data; can be given several times."),
    RunSetting("heldOut", "held out", .data, .choice)
      .option(.value(optional: \.heldOut, "share|file", must: HeldOutChoice.rule, at: .fileOrList))
      .help(
        "The pictures to validate on: a share that --seed chooses, such as 0.2, or a file with a name on each line. "
          + "Default: the data's own, of a flat folder a tenth."),
    RunSetting("trainingList", "training list", .data, .choice)
      .option(.value(optional: \.trainingList, "file", at: .file(extensions: ["txt"])))
      .help("The pictures to train on: a file with a name on each line. Default: all that are not held out."),
    RunSetting("classesMap", "map of classes", .data, .choice)
      .option(.value(optional: \.classesMap, "file", at: .file(extensions: ["txt"])))
      .help("A file with a line 'old = new' for each class; 'void' is none, and '*' stands for all that have no line."),
    RunSetting("onlyClasses", "classes kept", .data, .choice)
      .option(.value(optional: \.onlyClasses, "names", must: ClassNames.rule))
      .help("Keep these classes, with commas between them and in this order; all others become void."),
  ]

  static let general = [dataFolder] + reading + dataAndLength

  private static let dataFolder = RunSetting("data", "data", .data, .free, as: .fileName)
    .option(.value(optional: \.data, "dir", at: .folder))
    .help(
      "A data set's folder: images/ + annotations/ (ADE20K's layout) or images/ + masks/, each with training/ and "
        + "validation/ inside or flat, or one of the other layouts. Default: built-in synthetic scenes.")

  private static let dataAndLength: [RunSetting] = [
    RunSetting("trainingSamples", "training pictures", .data, .derived, phrase: "the number of training pictures"),
    RunSetting(
      "validationSamples", "validation pictures", .data, .derived, phrase: "the number of validation pictures"),
    RunSetting("labelSpace", "classes", .data, .derived, phrase: "the classes"),
    RunSetting("labelSpace.void", "void value", .data, .derived)
      .option(.value(optional: \.void, "n"), named: "void", recorded: false)
      .help(
        "The mask value that is not a class, or 'none' to count every value. Default: the layout's, 0 in ADE20K's and 255 "
          + "in a plain folder."),
    RunSetting("labelSpace.hasVoidOutput", "output for void", .data, .derived)
      .option(.flag(\.hasVoidOutput, sets: false), named: "no-void-output", recorded: false)
      .help(
        "Give the network no output for a void value that lies among the classes: 150 outputs for ADE20K, as published "
          + "networks have, instead of 151."),
    RunSetting("imageSize", "image size", .data, .choice, as: .number).option(.value(\.imageSize, "size"))
      .help(
        "The size of training pictures, such as 128 or 480x360 (width x height); multiples of the network's stride."),
    RunSetting("framing", "framing", .data, .choice, as: .text)
      .option(
        .value(\.framing, "framing", recording: { $0 == .stretch ? nil : $0 })
      )
      .help(
        "How pictures get that size: stretch (scaled to it), pad (scaled with their shape, the rest is void) or crop (random "
          + "windows of pictures at their own size, crop=0.5 at half of it; validated and predicted on whole pictures)."
      ),
    RunSetting("augmentation", "augmentation", .data, .choice, as: .text).option(.value(\.augmentation, nil))
      .help(
        "none, flip, standard (scale and crop, flip, brightness, contrast, saturation, hue) or strong (blur, noise "
          + "and rotations, too), or a list such as standard,rotate=10,cutmix; see docs/augmentation.md."),
    RunSetting("shuffles", "shuffled", .data).option(.flag(\.shuffles, sets: false), named: "no-shuffle")
      .help("Read files in name order, every epoch."),
    RunSetting("cache", "cache", .data, .free).option(.value(optional: \.cache, "dir", at: .folder))
      .help(
        "Keep decoded and scaled pictures in this folder, checked against their files whenever it is used. Default: "
          + "none are kept on disk."),
    RunSetting("dataFiles", "checksum of file names and sizes", .data, .derived, phrase: "the files of --data"),

    RunSetting("batchSize", "batch size", .length, .choice, as: .number)
      .option(.value(\.batchSize, "n", must: .lie(in: 1...16_384))).help("Pictures per step."),
    RunSetting("epochs", "epochs", .length, .free, as: .number)
      .option(.value(\.epochs, "n", must: .lie(in: 1...1_000_000)))
      .help("Epochs: stretches of steps, each followed by validation and checkpoints."),
    RunSetting("stepsPerEpoch", "steps per epoch", .length, .choice, as: .number)
      .option(.value(\.stepsPerEpoch, "n", must: .lie(in: 0...1_000_000)))
      .help("Steps per epoch; 0 = one pass over the training set."),
    RunSetting("validationSteps", "validation steps", .length)
      .option(.value(\.validationSteps, "n", must: .lie(in: 0...1_000_000)))
      .help("Maximum number of validation batches; 0 = one pass over the validation set."),

    RunSetting("optimizer", "optimizer", .optimization, .choice, as: .text).option(.value(\.optimizer, nil))
      .help("adam, adamw, rmsprop or sgd, with Keras' defaults (sgd: momentum 0.9)."),
    RunSetting("learningRate", "learning rate", .optimization, .choice, as: .number)
      .option(.value(\.learningRate, "x", must: .singlePrecision)).help("Learning rate."),

    RunSetting("seed", "seed", .running, .choice, as: .number).option(.value(\.seed, "n", must: .anyWholeNumber))
      .help("Seed of weights, order, augmentation and dropout."),
    RunSetting("threads", "threads", .running, .free).option(.value(optional: \.threads, "n", must: .lie(in: 1...1024)))
      .help("Threads; any number gives the same bits. Default: all processors that it may use."),
    RunSetting("loaderThreads", "loader threads", .running, .free)
      .option(.value(optional: \.loaderThreads, "n", must: .lie(in: 1...1024)))
      .help("Threads that read ahead; any number gives the same bits. Default: one for each thread, at most 4."),
  ]
}
