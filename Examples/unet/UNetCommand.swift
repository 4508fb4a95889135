import ArgumentParser
import Tessera
import TesseraCommandLine

/// Trains a U-Net on ADE20K, on a folder of your own, or on built-in scenes.
@main
struct UNetCommand: TrainingCommand {
  static let configuration = CommandConfiguration(
    commandName: "unet",
    abstract: "Train a U-Net for semantic segmentation.",
    discussion: """
      Without --data it trains on drawn scenes, so that it runs with nothing downloaded. The run's folder gets \
      report.html, config.json, metrics.jsonl, checkpoints/, predictions/ and event files for TensorBoard.
      """,
    version: tesseraVersion)

  @OptionGroup var options: TrainingOptions

  @Option(help: ArgumentHelp("Channels of the first block; each level has twice as many.", valueName: "n"))
  var width = 64

  func validate() throws {
    try requireOption("--width", width, in: 1...4096)
  }

  static let networkName = "unet"
  static let sizeMultiple = UNet.sizeMultiple

  func makeModel(
    classes: Int, random: RandomStream, resuming resumption: RunResumption?
  ) -> any SegmentationModel {
    UNet(.init(classes: classes, width: width, dropout: options.dropout ?? 0.3), random: random)
  }
}
