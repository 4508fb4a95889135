import ArgumentParser
import Tessera

/// The options of training that all networks share.
package struct TrainingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A data set's folder: images/ + annotations/ (ADE20K's layout) or images/ + masks/, each with training/ and "
        + "validation/ inside or flat. Default: built-in synthetic scenes.", valueName: "dir"), completion: .directory)
  package var data: String?

  @Option(
    help: ArgumentHelp(
      "The mask value that is not a class, or 'none' to count every value. Default: 0 in ADE20K's layout, 255 in a "
        + "plain folder.", valueName: "n"))
  package var void: VoidArgument?

  @Option(
    help: ArgumentHelp(
      "The size that pictures are scaled to, such as 128 or 480x360 (width x height); multiples of the network's stride.",
      valueName: "size"))
  package var imageSize: ImageSize = 128

  @Option(help: ArgumentHelp("Pictures per step.", valueName: "n"))
  package var batchSize = 5

  @Option(
    help: ArgumentHelp("Epochs: stretches of steps, each followed by validation and checkpoints.", valueName: "n"))
  package var epochs = 10

  @Option(help: ArgumentHelp("Steps per epoch; 0 = one pass over the training set.", valueName: "n"))
  package var stepsPerEpoch = 100

  @Option(
    help: ArgumentHelp("Maximum number of validation batches; 0 = one pass over the validation set.", valueName: "n"))
  package var validationSteps = 40

  @Option(help: "adam, adamw, rmsprop or sgd, with Keras' defaults (sgd: momentum 0.9).")
  package var optimizer = OptimizerName.adam

  @Option(help: ArgumentHelp("Learning rate.", valueName: "x"))
  package var learningRate = 0.001

  @Option(help: ArgumentHelp("Seed of weights, order, augmentation and dropout.", valueName: "n"))
  package var seed: UInt64 = 1234

  @Option(
    help: ArgumentHelp(
      "Threads; any number gives the same bits. Default: all processors that it may use.", valueName: "n"))
  package var threads: Int?

  @Option(help: "none, flip, or standard (scale and crop, flip, brightness, contrast, saturation, hue).")
  package var augmentation = Augmentation.flip

  @Option(
    help: ArgumentHelp(
      "Keep decoded and scaled pictures in this folder, checked against their files whenever it is used. Default: "
        + "none are kept on disk.", valueName: "dir"), completion: .directory)
  package var cache: String?

  @Option(
    help: ArgumentHelp(
      "Threads that read ahead; any number gives the same bits. Default: one for each thread, at most 4.",
      valueName: "n"))
  package var loaderThreads: Int?

  @Flag(help: "Read files in name order, every epoch.")
  package var noShuffle = false

  @Option(
    help: ArgumentHelp(
      "Start from these weights: a safetensors file with this model's names. If they have another number of "
        + "classes, all but the classifier are used.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  package var initialWeights: String?

  @OptionGroup(title: "Recipe") package var recipe: RecipeOptions
  @OptionGroup(title: "Saving and ending") package var run: SavingOptions
  @OptionGroup(title: "TensorBoard") package var board: BoardOptions

  package init() {}

  package mutating func validate() throws {
    func check(_ condition: Bool, _ message: String) throws { if !condition { throw ValidationError(message) } }
    try requireOption("--batch-size", batchSize, in: 1...16_384)
    try requireOption("--epochs", epochs, in: 1...1_000_000)
    try requireOption("--steps-per-epoch", stepsPerEpoch, in: 0...1_000_000)
    try requireOption("--validation-steps", validationSteps, in: 0...1_000_000)
    try requireOption("--threads", threads ?? 1, in: 1...1024)
    try requireOption("--loader-threads", loaderThreads ?? 1, in: 1...1024)
    try check(cache == nil || data != nil, "--cache needs --data: built-in scenes are drawn, not read")
    try requireOption("--learning-rate", learningRate, in: singlePrecision)
    try requirePixels("--batch-size", batchSize, "--image-size", imageSize)
  }
}

/// Refuses a value that no machine can work with, before it overflows somewhere.
package func requireOption(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
  guard range.contains(value) else {
    throw ValidationError("\(name) must lie in \(range.lowerBound)...\(range.upperBound); got \(value)")
  }
}

/// Refuses more pixels in a pass than any machine trains on, before they are requested at once.
package func requirePixels(_ batchOption: String, _ batch: Int, _ sizeOption: String, _ size: ImageSize) throws {
  let most = 1 << 28
  guard batch * size.pixels <= most else {
    throw ValidationError(
      "\(batchOption) \(batch) and \(sizeOption) \(size.text) make \(batch * size.pixels) pixels a pass, more than the "
        + "maximum of \(most); lower one of them")
  }
}

/// Refuses a size that a network cannot take.
func requireMultiple(_ name: String, _ size: ImageSize, of multiple: Int, for network: String) throws {
  guard size.isMultiple(of: multiple) else {
    throw ValidationError("\(name) must be a multiple of \(multiple) for \(network); got \(size.text)")
  }
}

/// The numbers that single precision computes with, far from where it runs out of digits.
let singlePrecision = 1e-30...1e30

/// Refuses a number that weights cannot follow: too small, and nothing would change; too large, and they would be lost.
func requireOption(
  _ name: String, _ value: Double?, in range: ClosedRange<Double>, or other: String? = nil
) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError(
    "\(name) must \(other.map { "be \($0) or " } ?? "")lie in \(range.lowerBound)...\(range.upperBound); got \(value)")
}

/// The value of `--void`: a number or `none`.
package struct VoidArgument: ExpressibleByArgument, Sendable, Equatable {
  package let choice: VoidChoice

  package init?(argument: String) {
    if argument == "none" {
      choice = .none
    } else if let value = Int(argument), (0...Int(UInt16.max)).contains(value) {
      choice = .value(value)
    } else {
      return nil
    }
  }
}

/// The value of `--optimizer`.
package enum OptimizerName: String, ExpressibleByArgument, CaseIterable, Sendable, Codable {
  case adam, adamw, rmsprop, sgd
}

extension Augmentation: ExpressibleByArgument {}

extension ImageSize: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { text }
}
