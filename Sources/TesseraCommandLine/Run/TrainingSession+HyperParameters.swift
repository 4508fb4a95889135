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
    let network = Self.networkOptions(of: model.configuration)
    let texts: [(String, String?)] = [
      ("network", name),
      ("data", options.data.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "built-in scenes"),
      ("initial-weights", options.initialWeights.map { URL(fileURLWithPath: $0).lastPathComponent }),
      ("augmentation", options.augmentation.rawValue), ("optimizer", recipe.optimizer.rawValue),
      ("schedule", recipe.schedule.rawValue),
      ("freeze", recipe.freeze.isEmpty ? nil : recipe.freeze.joined(separator: ", ")),
    ]
    let numbers: [(String, Double?)] = [
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
      + [("class-weights", .flag(recipe.classWeights != nil))] + network
    let first: Set = ["network", "optimizer", "learning-rate", "batch-size", "image-size"]
    return values.map { HyperParameter($0, $1, isShownFirst: first.contains($0)) }
  }

  /// The options of all networks of the catalog, without a value where they are others'.
  private static func networkOptions(
    of configuration: any NetworkConfiguration
  ) -> [(String, HyperParameter.Value)] {
    let own = configuration.optionValues
    var all = own
    for network in NetworkCatalog.current.networks {
      all.merge(network.init(classes: configuration.classes).optionValues) { first, _ in first }
    }
    return all.sorted { $0.key < $1.key }.map { name, value in
      switch value {
      case .number(let number): (name, .number(own[name] == nil ? nil : number))
      case .text(let text): (name, .text(own[name] == nil ? nil : text))
      }
    }
  }
}
