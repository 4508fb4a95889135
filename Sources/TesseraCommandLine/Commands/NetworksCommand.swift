import ArgumentParser
import Tessera
import TesseraReports

/// Lists the networks of the catalog.
struct NetworksCommand: ParsableCommand {
  static let name = "networks"

  static let configuration = CommandConfiguration(
    commandName: name, abstract: "List the networks that can be trained, with parameters and multiply-adds.")

  @Argument(help: "Only networks whose name contains this, such as resnet34.")
  var part: String?

  @Option(help: ArgumentHelp("Number of outputs per pixel.", valueName: "n"))
  var classes = 21

  @Option(help: ArgumentHelp("The size of the pictures, such as 480x360.", valueName: "size"))
  var imageSize: ImageSize = 256

  @OptionGroup var options: NetworkOptions

  func validate() throws {
    try requireOption("--classes", classes, in: 1...65_536)
    if let part, named.isEmpty {
      throw ValidationError("no network's name contains '\(part)'; \(NetworkName.advice(about: part))")
    }
    let networks = self.networks
    if networks.isEmpty { throw ValidationError("no network can be as these options say") }
    // One must be a multiple of the others.
    let multiple = networks.map { $0.sizeMultiple }.max() ?? 1
    try requireMultiple(
      "--image-size", imageSize, of: multiple, for: networks.count == 1 ? networks[0].name : "all of these networks")
  }

  private var named: [any NetworkConfiguration.Type] {
    part.map { NetworkName.containing($0).compactMap { NetworkCatalog.current[$0] } } ?? NetworkCatalog.named.networks
  }

  /// Those that have all of the options.
  private var networks: [any NetworkConfiguration] {
    named.compactMap { options.configuration(ifPossibleOf: $0, classes: classes) }
  }

  func run() throws {
    var rows = [["network", "", "parameters", "multiply-adds", "sides are multiples of"]]
    for network in networks {
      // Weights of networks that are only described need no memory.
      let model = ComputeContext.$current.withValue(ComputeContext.current.describing) { network.makeModel() }
      let graph = model.graph(height: imageSize.height, width: imageSize.width)
      rows.append([
        network.name, model.configuration.title, grouped(model.trainedParameterCount), graph.workDescription,
        "\(model.sizeMultiple)",
      ])
    }
    print("\(Table(rows, rightAligned: [2, 3, 4]))")
    print(
      "\n\(counted(classes, "output")), pictures of \(imageSize.text); running statistics of normalizations are not counted"
    )
  }
}
