import ArgumentParser
import Foundation
import Tessera
import TesseraReports
import TesseraTerminal

/// Finds what is probably wrong in the masks that runs trained on.
struct ReviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Rank the regions of a run's masks that its network contradicts: the likeliest mistakes first.",
    discussion: """
      Looks at all training and validation pictures of the run. Writes review.html with outlines, and regions.csv and \
      pictures.csv to work through. Of several runs with different --held-out, each picture is judged by one that did \
      not train on it: networks learn wrong masks, too. See docs/review.md.
      """)

  @Argument(help: ArgumentHelp("Folders of runs.", valueName: "run"), completion: .directory)
  var runs: [String]

  @Option(
    help: ArgumentHelp("The data set's folder, if it has moved. Default: the run's.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @Option(
    help: ArgumentHelp("The network. Default: the run's best.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var checkpoint: String?

  @Option(help: ArgumentHelp("How many regions to list.", valueName: "n"))
  var top = 50

  @Option(
    help: ArgumentHelp("Where to write. Default: review/ in the first run's folder.", valueName: "dir"),
    completion: .directory)
  var output: String?

  @OptionGroup var prediction: PredictionOptions

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  func validate() throws {
    // Each listed region is kept as two small pictures until the page is written.
    try requireOption("--top", top, in: 1...1000)
    if checkpoint != nil && runs.count > 1 {
      throw ValidationError("--checkpoint is for one run; of several, each picture is judged by a run's best network")
    }
  }

  func run() throws {
    let reviewed = try ReviewedPictures(
      runs.map { try ReviewedRun($0, data: data, checkpoint: checkpoint, prediction: prediction) })
    for line in reviewed.warnings { Notice.warning.write(line) }
    let list = try ReviewList(reviewed, top: top)
    let folder = output ?? "\(runs[0])/review"
    try writeOutputFile(list.page.html, to: "\(folder)/review.html")
    try writeOutputFile(list.regions, to: "\(folder)/regions.csv")
    try writeOutputFile(list.pictures, to: "\(folder)/pictures.csv")
    print(json ? try list.json : list.table)
    if !json { print(Terminal.standardOutput.shown("wrote \(folder)/review.html, regions.csv and pictures.csv")) }
  }
}
