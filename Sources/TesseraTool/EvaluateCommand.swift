import ArgumentParser
import Foundation
import Tessera
import TesseraCommandLine

/// Official metrics of a checkpoint, or of index masks that any program wrote.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure predictions by ADE20K's official rule, at each annotation's own size.")

  @Option(help: ArgumentHelp("Predict with this checkpoint.", valueName: "file"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Or take the index PNGs here, named as the annotations.", valueName: "dir"))
  var predictions: String?

  @Option(help: ArgumentHelp("The data set's folder.", valueName: "dir"))
  var data: String

  @Option(help: "training or validation.")
  var split = DatasetSplit.validation

  @Option(help: ArgumentHelp("The mask value that is no class, or 'none'. Default: the layout's.", valueName: "n"))
  var void: VoidArgument?

  @Option(help: "trained: at the training size; original: at the picture's own, in tiles.")
  var scale = ScaleName.trained

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (checkpoint == nil) != (predictions == nil) else {
      throw ValidationError("give either --checkpoint or --predictions")
    }
  }

  func run() throws {
    let folder = try DatasetFolder(at: data, void: void?.choice ?? .layoutDefault)
    let dataset = try folder.dataset(split)
    let metrics = try Evaluation(
      dataset, predictor: checkpoint.map { try Predictor(checkpoint: $0, scale: scale.scale) }, checkpoint: checkpoint,
      predictions: predictions
    ).run()
    print(json ? try MetricsReport(metrics).json : MetricsReport(metrics).text)
  }
}

/// The value of `--scale`.
enum ScaleName: String, ExpressibleByArgument, CaseIterable {
  case trained, original

  var scale: Predictor.Scale { self == .trained ? .trained : .original() }
}

extension DatasetSplit: ExpressibleByArgument {}
