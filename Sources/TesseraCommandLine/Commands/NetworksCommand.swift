import ArgumentParser
import Tessera
import TesseraReports

/// Lists the networks of the catalog.
struct NetworksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "networks", abstract: "List the networks that can be trained, with parameters and multiply-adds.")

  @Argument(help: "Only networks whose name contains this, such as resnet34.")
  var name: String?

  @Option(help: ArgumentHelp("Number of outputs per pixel.", valueName: "n"))
  var classes = 21

  @Option(help: ArgumentHelp("The size of the pictures, such as 480x360.", valueName: "size"))
  var imageSize: ImageSize = 256

  func validate() throws {
    try requireOption("--classes", classes, in: 1...65_536)
    guard networks.isEmpty else { return }
    throw ValidationError("no network's name contains '\(name ?? "")'; 'networks' without a name lists all")
  }

  private var networks: [any NetworkConfiguration.Type] {
    NetworkCatalog.current.networks.filter { network in name.map { network.name.contains($0) } ?? true }
  }

  func run() throws {
    var rows = [["network", "", "parameters", "multiply-adds", "sides are multiples of"]]
    for network in networks {
      // Weights of networks that are only described need no memory.
      let model = ComputeContext.$current.withValue(ComputeContext.current.describing) {
        NetworkName(network).makeModel(classes: classes)
      }
      try requireMultiple("--image-size", imageSize, of: model.sizeMultiple, for: network.name)
      let graph = model.graph(height: imageSize.height, width: imageSize.width)
      rows.append([
        network.name, model.configuration.title, grouped(model.trainedParameterCount), graph.workDescription,
        "\(model.sizeMultiple)",
      ])
    }
    print("\(Table(rows, rightAligned: [2, 3, 4]))")
    print(
      "\n\(classes) outputs, pictures of \(imageSize.text); running statistics of normalizations are not counted")
  }
}
