import ArgumentParser
import Foundation
import Tessera
import TesseraInspection

/// Official metrics of a checkpoint, or of index masks that any program wrote.
struct EvaluateCommand: ParsableCommand, SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure predictions by ADE20K's official rule, at each annotation's own size.")

  @OptionGroup var trained: TrainedNetworkOptions

  @Option(
    help: ArgumentHelp("Or measure the index PNGs in this folder, named like the annotations.", valueName: "dir"),
    completion: .directory)
  var predictions: String?

  @Option(help: ArgumentHelp("The data set's folder.", valueName: "dir"), completion: .directory)
  var data: String

  @OptionGroup var reading: DataOptions

  @Option(help: "training or validation.")
  var split = DatasetSplit.validation

  @Option(
    help: ArgumentHelp(
      "The mask value that is not a class, or 'none'. Default: the checkpoint's; with --predictions, the layout's.",
      valueName: "n"))
  var void: VoidChoice?

  @Option(
    help: ArgumentHelp(
      "Chooses the held-out tenth of a flat folder. Default: the checkpoint's; with --predictions, 1234.",
      valueName: "n"))
  var seed: UInt64?

  @OptionGroup var prediction: PredictionOptions

  @Option(
    help: ArgumentHelp(
      "How absent classes enter the means. zero: as 0, the official rule; ignored: not at all where neither "
        + "true nor predicted; present: only classes that occur in the truth.", valueName: "rule"))
  var absentClasses = AbsentClasses.zero

  @Option(
    help: ArgumentHelp("Draw the confusion matrix, truth by prediction.", valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var confusion: String?

  @Option(
    help: ArgumentHelp(
      "Write a table with a line for each picture: accuracy, mean IoU, Dice and boundary IoU, and the IoU of each class.",
      valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var perPicture: String?

  @Option(
    help: ArgumentHelp(
      "The share of a picture's diagonal within which boundary IoU looks around contours.", valueName: "x"))
  var boundaryShare = BoundaryIoU.usualShare

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard trained.isGiven == (predictions == nil) else {
      throw ValidationError("give either --checkpoint (or --network) or --predictions")
    }
    if let confusion, PictureFormat(fileName: confusion) != .png {
      throw ValidationError("--confusion writes a PNG; the name \(confusion) must end in .png")
    }
    if let perPicture, !perPicture.lowercased().hasSuffix(".csv") {
      throw ValidationError("--per-picture writes a CSV file; the name \(perPicture) must end in .csv")
    }
    let shares = 0.0001...1.0
    guard shares.contains(boundaryShare) else {
      throw ValidationError("--boundary-share must lie in \(shares); got \(boundaryShare)")
    }
  }

  func run() throws {
    let ranks = Ranks.current
    try ranks?.requireSameProgram(Array(CommandLine.arguments.dropFirst()))
    let network = trained.isGiven ? try trained.load() : nil
    let evaluated = try EvaluatedData(
      at: data, reading.options(), split: split, void: void, seed: seed, checkpoint: network?.checkpoint,
      path: network?.path ?? "")
    for line in evaluated.notes { Notice.note.write(line) }
    for line in evaluated.warnings { Notice.warning.write(line) }
    if network != nil && ranks?.group.isLeader ?? true { try evaluated.check() }
    let evaluation = try Evaluation(
      evaluated, predictor: try network.map { try prediction.predictor(for: $0.checkpoint) }, predictions: predictions,
      boundaryShare: boundaryShare)
    try ranks?.group.requireSame([evaluated.likeness])
    let outcome = try ranks.map { try evaluation.run(sharedBy: $0) } ?? evaluation.run()
    // Rank 0 has the last word.
    guard ranks?.group.isLeader ?? true else { return }
    for line in DataWarnings.lines(measured: outcome.matrix.metrics, labelSpace: evaluated.labelSpace) {
      Notice.warning.write(line)
    }
    let report = MetricsReport(
      outcome.matrix.metrics(absentClasses: absentClasses), kerasAccuracy: outcome.kerasAccuracy,
      boundaries: outcome.boundaries)
    print(json ? try report.json : report.text)
    if let confusion { try outcome.matrix.picture.write(to: confusion) }
    if let perPicture {
      try writeOutputFile(PictureScores.table(outcome.pictures, of: evaluated.labelSpace), to: perPicture)
    }
  }
}

extension AbsentClasses: ExpressibleByArgument {}
extension DatasetSplit: ExpressibleByArgument {}
