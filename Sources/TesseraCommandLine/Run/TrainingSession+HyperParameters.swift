import Foundation
import Tessera
import TesseraTensorBoard

extension TrainingSession {
  /// What TensorBoard compares runs by: the options that change what is learned, under their names on the command line.
  ///
  /// The same names for every run, used or not: TensorBoard asks one run of many what there is to compare.
  func hyperParameters(
    of model: any SegmentationModel, recipe: Recipe, stepsPerEpoch: Int
  ) -> [HyperParameter] {
    let network = Network(model.specification)
    let texts: [(String, String?)] = [
      ("network", model.specification.name), ("head", network.head),
      ("data", options.data.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "built-in scenes"),
      ("initial-weights", options.initialWeights.map { URL(fileURLWithPath: $0).lastPathComponent }),
      ("augmentation", options.augmentation.rawValue), ("optimizer", recipe.optimizer.rawValue),
      ("schedule", recipe.schedule.rawValue),
      ("freeze", recipe.freeze.isEmpty ? nil : recipe.freeze.joined(separator: ", ")),
    ]
    let numbers: [(String, Double?)] = [
      ("width", network.width.map(Double.init)), ("dropout", network.dropout.flatMap { Double("\($0)") }),
      ("image-size", Double(options.imageSize)),
      ("batch-size", Double(options.batchSize)), ("accumulate", Double(recipe.accumulate)),
      ("epochs", Double(options.epochs)), ("steps-per-epoch", Double(stepsPerEpoch)), ("seed", Double(options.seed)),
      ("learning-rate", recipe.learningRate), ("warm-up", Double(recipe.warmUp)), ("final-rate", recipe.finalRate),
      ("decay-factor", recipe.decayFactor), ("decay-steps", recipe.decaySteps.map(Double.init)),
      ("plateau-patience", recipe.plateauPatience.map(Double.init)), ("clip-norm", recipe.clipNorm),
      ("clip-value", recipe.clipValue), ("average-decay", recipe.averageDecay), ("weight-decay", recipe.weightDecay),
      ("label-smoothing", Double("\(recipe.labelSmoothing)")),
    ]
    let values =
      texts.map { ($0, HyperParameter.Value.text($1)) } + numbers.map { ($0, .number($1)) }
      + [("class-weights", .flag(recipe.classWeights != nil))]
    let first: Set = ["network", "optimizer", "learning-rate", "batch-size", "image-size"]
    return values.map { HyperParameter($0, $1, isShownFirst: first.contains($0)) }
  }
}

/// The settings that networks share.
private struct Network {
  let width: Int?
  let dropout: Float?
  let head: String?

  init(_ specification: ModelSpecification) {
    switch specification {
    case .unet(let configuration): (width, dropout, head) = (configuration.width, configuration.dropout, nil)
    case .fcnn(let configuration):
      (width, dropout) = (configuration.width, configuration.dropout)
      head = configuration.head == .original ? "original" : "convolutionalized"
    case .custom: (width, dropout, head) = (nil, nil, nil)
    }
  }
}
