import ArgumentParser
import Tessera

/// The options for how weights follow gradients, besides optimizer and learning rate.
package struct RecipeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "constant, cosine, polynomial, step, exponential, one-cycle, restarts or plateau: how the learning rate "
        + "changes, starting from --learning-rate.", valueName: "name"))
  package var schedule = ScheduleName.constant

  @Option(help: ArgumentHelp("Steps over which the rate rises first (one-cycle: default 30 % of all).", valueName: "n"))
  package var warmUp: Int?

  @Option(help: ArgumentHelp("The rate at which cosine, polynomial, restarts and plateau end.", valueName: "x"))
  package var finalRate = 0.0

  @Option(
    help: ArgumentHelp("What step, exponential and plateau multiply the rate by each time.", valueName: "x"))
  package var decayFactor = 0.1

  @Option(
    help: ArgumentHelp(
      "Steps from one time to the next (step, exponential), or in the first cycle (restarts). Default: an epoch's.",
      valueName: "n"))
  package var decaySteps: Int?

  @Option(help: ArgumentHelp("Epochs without a better score that plateau tolerates.", valueName: "n"))
  package var plateauPatience = 3

  @Option(
    help: ArgumentHelp("Batches whose gradients are combined into one step, like one large batch.", valueName: "n"))
  package var accumulate = 1

  @Option(help: ArgumentHelp("Scale gradients down to this norm.", valueName: "x"))
  package var clipNorm: Double?

  @Option(help: ArgumentHelp("Clip each gradient at this distance from 0.", valueName: "x"))
  package var clipValue: Double?

  @Option(
    help: ArgumentHelp(
      "Decay of averaged weights, which are then validated and kept as best; such as 0.999.", valueName: "x"))
  package var averageDecay: Double?

  @Option(help: ArgumentHelp("Weight decay of adamw and sgd. Default: the optimizer's.", valueName: "x"))
  package var weightDecay: Double?

  @Flag(help: "No weight decay on biases and normalizations.")
  package var noBiasDecay = false

  @Option(
    help: ArgumentHelp(
      "Do not train what lies at or below this name, such as backbone or encoder.0; can be repeated.", valueName: "name"
    ))
  package var freeze: [String] = []

  @Option(
    help: ArgumentHelp(
      "Train what lies at or below a name at a multiple of the rate, such as backbone=0.1; can be repeated.",
      valueName: "name=x"))
  package var rateOf: [RateArgument] = []

  @Option(
    help: ArgumentHelp(
      "A weight for each class in the loss, separated by commas, or a file that holds them.", valueName: "list"))
  package var classWeights: String?

  @Option(help: ArgumentHelp("The share of each target that is spread over all classes.", valueName: "x"))
  package var labelSmoothing: Float = 0

  package init() {}

  package mutating func validate() throws {
    func check(_ condition: Bool, _ message: String) throws { if !condition { throw ValidationError(message) } }
    try requireOption("--warm-up", warmUp ?? 0, in: 0...1_000_000_000)
    try requireOption("--decay-steps", decaySteps ?? 1, in: 1...1_000_000_000)
    try requireOption("--plateau-patience", plateauPatience, in: 0...1_000_000)
    try requireOption("--accumulate", accumulate, in: 1...16_384)
    try check(
      schedule != .oneCycle || warmUp != 0, "--schedule one-cycle rises first: --warm-up must be 1 or more; got 0")
    try requireOption("--final-rate", finalRate == 0 ? nil : finalRate, in: singlePrecision, or: "0")
    try check((0..<1).contains(decayFactor), "--decay-factor must lie in 0..<1; got \(decayFactor)")
    try requireOption("--clip-norm", clipNorm, in: singlePrecision)
    try requireOption("--clip-value", clipValue, in: singlePrecision)
    try check(clipNorm == nil || clipValue == nil, "give either --clip-norm or --clip-value")
    try check((0..<1).contains(averageDecay ?? 0), "--average-decay must lie in 0..<1; got \(averageDecay ?? 0)")
    try requireOption("--weight-decay", weightDecay == 0 ? nil : weightDecay, in: singlePrecision, or: "0")
    try check((0..<1).contains(labelSmoothing), "--label-smoothing must lie in 0..<1; got \(labelSmoothing)")
  }
}

/// The value of `--schedule`.
package enum ScheduleName: String, ExpressibleByArgument, CaseIterable, Sendable, Codable {
  case constant, cosine, polynomial, step, exponential
  case oneCycle = "one-cycle"
  case restarts, plateau
}

/// The value of `--rate-of`: a property path and a multiple of the learning rate.
package struct RateArgument: ExpressibleByArgument, Sendable, Hashable {
  package let name: String
  package let factor: Double

  package init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let factor = Double(parts[1]),
      singlePrecision.contains(factor)
    else { return nil }
    name = String(parts[0])
    self.factor = factor
  }
}
