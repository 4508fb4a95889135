import ArgumentParser
import Foundation
import Tessera
import TesseraCommandLine

/// Lists a network's operations in the order in which they run.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "List a network's layers with shapes, parameters and multiply-adds.")

  @Argument(help: "unet or fcnn.")
  var network: NetworkName

  @Option(help: ArgumentHelp("Number of outputs a pixel.", valueName: "n"))
  var classes = 151

  @Option(help: ArgumentHelp("Side of the square input.", valueName: "n"))
  var imageSize = 128

  func validate() throws {
    try requireOption("--classes", classes, in: 1...65_536)
    try network.checkImageSize(imageSize, option: "--image-size")
  }

  func run() throws {
    let model = network.makeModel(classes: classes)
    // The tape of one real pass knows every operation; nothing is written down twice.
    let tape = Tape(mode: .inference)
    _ = model(tape.input(.zeros([1, imageSize, imageSize, 3])))
    let operations = tape.operations
    var names: [ObjectIdentifier: String] = [:]
    for (name, parameter) in model.namedParameters { names[ObjectIdentifier(parameter)] = name }

    var rows = [["layer", "operation", "output", "parameters", "multiply-adds"]]
    for operation in operations {
      let path = operation.parameters.first.flatMap { names[ObjectIdentifier($0)] } ?? ""
      let count = operation.parameters.reduce(0) { $0 + $1.value.count }
      rows.append([
        path.split(separator: ".").dropLast().joined(separator: "."), operation.name, "\(operation.shape)",
        count == 0 ? "" : grouped(count), operation.multiplyAdds == 0 ? "" : grouped(operation.multiplyAdds),
      ])
    }
    let total = operations.reduce(0) { $0 + $1.multiplyAdds }
    rows.append(["total", "", "", grouped(model.parameterCount), grouped(total)])
    print(Table(rows, rightAligned: [3, 4]))
    print(
      "\n\(network.rawValue), 1 x \(imageSize) x \(imageSize) x 3 -> \(classes) classes: "
        + "\(grouped(model.parameterCount)) parameters (\(grouped(model.parameterCount * 4 / 1_000_000)) MB), "
        + String(format: "%.2f GMAC forward", Double(total) * 1e-9))
  }
}
