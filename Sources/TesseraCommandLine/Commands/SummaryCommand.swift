import ArgumentParser
import Foundation
import Tessera
import TesseraReports

/// Lists a network's operations in the order in which they run, and draws them.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "List a network's layers with shapes, parameters and multiply-adds; draw it.")

  @Argument(help: "\(NetworkName.choices); not with --checkpoint.")
  var network: NetworkName?

  @Option(help: ArgumentHelp("Number of outputs per pixel. Default: 151.", valueName: "n"))
  var classes: Int?

  @Option(
    help: ArgumentHelp(
      "The size of the pictures, such as 480x360. Default: 128, or the size that a checkpoint was trained at.",
      valueName: "size"))
  var imageSize: ImageSize?

  @Option(
    help: ArgumentHelp("Show the network of this checkpoint instead of a named one.", valueName: "file"),
    completion: .file())
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "Draw the network as papers do: feature maps as boxes, operations as arrows.", valueName: "file.svg"),
    completion: .file(extensions: ["svg"]))
  var graph: String?

  @OptionGroup var options: NetworkOptions

  func validate() throws {
    guard (network == nil) != (checkpoint == nil) else {
      throw ValidationError("name either a network (\(NetworkName.choices)) or --checkpoint FILE")
    }
    if checkpoint != nil && classes != nil {
      throw ValidationError("--classes goes with a named network; a checkpoint knows its own")
    }
    try requireOption("--classes", classes ?? 1, in: 1...65_536)
    if checkpoint != nil && !options.isEmpty {
      throw ValidationError("a network's options go with a named network; a checkpoint knows its own")
    }
    if let network {
      try options.configuration(of: network, classes: 1).checkImageSize(imageSize ?? 128, option: "--image-size")
    }
    if let graph, !graph.hasSuffix(".svg") {
      throw ValidationError("--graph must end in .svg, as the picture is an SVG; got \(graph)")
    }
  }

  func run() throws {
    let (model, trained) = try makeModel()
    let imageSize = imageSize ?? trained ?? 128
    try model.configuration.checkImageSize(imageSize, option: "--image-size")
    let graph = model.graph(height: imageSize.height, width: imageSize.width)
    print(SummaryTable(graph, parameterCount: model.trainedParameterCount).text)
    let network = model.configuration
    let (name, classes) = (network.name, network.classes)
    let megabytes = Double(model.parameterCount) * 4e-6
    let statistics = model.parameterCount - model.trainedParameterCount
    print(
      "\n\(name), 1 x \(imageSize.height) x \(imageSize.width) x \(model.normalization.channels) -> "
        + "\(classes) \(classes == 1 ? "class" : "classes"): \(grouped(model.trainedParameterCount)) parameters"
        + (statistics == 0 ? "" : " and \(grouped(statistics)) running statistics")
        + " (\(String(format: megabytes < 10 ? "%.1f" : "%.0f", megabytes)) MB), "
        + "\(graph.workDescription) forward")
    if let path = self.graph {
      let drawing = NetworkDrawing(graph, title: "\(network.title), \(classes) classes")
      try writeOutputFile(drawing.svg, to: path)
      print("wrote \(path)")
    }
  }

  /// The network, and the size that it was trained at.
  private func makeModel() throws -> (any SegmentationModel, ImageSize?) {
    if let checkpoint {
      let checkpoint = try SegmentationCheckpoint(contentsOf: checkpoint)
      return (checkpoint.model, checkpoint.imageSize)
    }
    guard let network else { throw ValidationError("name a network: \(NetworkName.choices)") }
    // Weights of a network that is only described need no memory either.
    return try ComputeContext.$current.withValue(ComputeContext.current.describing) {
      (try options.configuration(of: network, classes: classes ?? 151).makeModel(), nil)
    }
  }
}
