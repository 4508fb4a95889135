import ArgumentParser
import Tessera
import TesseraCommandLine

/// Trains an FCNN (FCN-8s on VGG-16) on ADE20K, on a folder of your own, or on built-in scenes.
@main
struct FCNNCommand: TrainingCommand {
  static let configuration = CommandConfiguration(
    commandName: "fcnn",
    abstract: "Train a fully convolutional network on VGG-16 for semantic segmentation.",
    discussion: """
      Without --data it trains on drawn scenes, so that it runs with nothing downloaded. The run's folder gets \
      report.html, config.json, metrics.jsonl, checkpoints/ and predictions/.
      """,
    version: tesseraVersion)

  /// What stands between VGG's last pool and the scores.
  enum Head: String, ExpressibleByArgument, CaseIterable { case original, convolutionalized }

  @OptionGroup var options: TrainingOptions

  @Option(help: ArgumentHelp("Channels of VGG's first block.", valueName: "n"))
  var width = 64

  @Option(
    help: "original, or convolutionalized: VGG's dense layers as 7 x 7 and 1 x 1 convolutions of 64 times the width.")
  var head = Head.original

  func validate() throws {
    try requireOption("--width", width, in: 1...4096)
  }

  static let networkName = "fcnn"
  static let sizeMultiple = FCNN.sizeMultiple

  func makeModel(classes: Int, random: RandomStream) -> any SegmentationModel {
    FCNN(
      .init(
        classes: classes, width: width,
        head: head == .original ? .original : .convolutionalized(width: 64 * width),
        dropout: options.dropout ?? 0.3),
      random: random)
  }
}
