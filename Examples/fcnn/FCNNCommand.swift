import ArgumentParser
import Tessera
import TesseraCommandLine
import TesseraPretrained

/// Trains an FCNN (FCN-8s on VGG-16) on ADE20K, on a folder of your own, or on built-in scenes.
@main
struct FCNNCommand: TrainingCommand {
  static let configuration = CommandConfiguration(
    commandName: "fcnn",
    abstract: "Train a fully convolutional network on VGG-16 for semantic segmentation.",
    discussion: """
      Without --data it trains on drawn scenes, so that it runs with nothing downloaded. The run's folder gets \
      report.html, config.json, metrics.jsonl, checkpoints/, predictions/ and event files for TensorBoard.
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

  @Option(
    help: ArgumentHelp(
      "Start VGG, with the convolutionalized head its dense layers too, from a file of Keras (.h5), torchvision or timm "
        + "(.safetensors, .pth); pictures are then normalized as its weights expect.", valueName: "file"))
  var backboneWeights: String?

  @Flag(help: "Do not train VGG's convolutions.")
  var freezeBackbone = false

  mutating func validate() throws {
    try requireOption("--width", width, in: 1...4096)
    guard backboneWeights == nil || options.initialWeights == nil else {
      throw ValidationError(
        "give either --backbone-weights or --initial-weights, which has the whole network's, the backbone's too")
    }
    guard freezeBackbone else { return }
    guard backboneWeights != nil || options.initialWeights != nil || options.run.resume else {
      throw ValidationError(
        "--freeze-backbone needs --backbone-weights or --initial-weights: random weights would never be trained")
    }
    options.recipe.freeze.append("backbone")
  }

  static let networkName = "fcnn"
  static let sizeMultiple = FCNN.sizeMultiple

  func makeModel(
    classes: Int, random: RandomStream, resuming resumption: RunResumption?
  ) throws -> any SegmentationModel {
    // A checkpoint has the weights; its run's record tells what they expect of pixels.
    let pretrained = resumption?.checkpoint == nil ? try backboneWeights.map(PretrainedVGG16.init(contentsOf:)) : nil
    let initial = resumption?.checkpoint == nil ? try options.initialWeights.flatMap(initialNormalization) : nil
    let model = FCNN(
      .init(
        classes: classes, width: width,
        head: head == .original ? .original : .convolutionalized(width: 64 * width),
        dropout: options.dropout ?? 0.3,
        normalization: pretrained?.normalization ?? initial ?? resumption?.model.normalization ?? .caffe),
      random: random)
    if let pretrained {
      try pretrained.load(into: model)
      print("fcnn: \(pretrained.source) VGG-16 weights from \(pretrained.path)", terminator: "")
      let leftOut = pretrained.leftOut(by: model)
      print(leftOut.isEmpty ? "" : ", without \(leftOut.joined(separator: ", "))")
    }
    return model
  }

  /// What the weights of `--initial-weights` expect of pixels, where the file tells.
  private func initialNormalization(of path: String) throws -> ImageNormalization? {
    try SegmentationCheckpoint.specification(of: path)?.normalization
  }
}
